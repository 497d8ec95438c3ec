package segue.demo.browser;

import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// Where a browser arrived.
///
/// @param url the place that answered
/// @param visited every place on the way that was asked, this one last
/// @param location where the answer sends the browser to; empty unless it is a redirect, which then
///   has not been followed
public record Page(
        int status,
        URI url,
        HttpHeaders headers,
        String body,
        List<URI> visited,
        Optional<URI> location) {

    /// Copies what it is given.
    public Page {
        visited = List.copyOf(visited);
    }

    /// A parameter, decoded, of the place where the browser is sent to, or else of the place where
    /// it is; of the query or, failing that, the fragment.
    public Optional<String> parameter(String name) {
        var place = location.orElse(url);
        var parameters = new LinkedHashMap<String, String>();
        Optional.ofNullable(place.getRawQuery())
                .ifPresent(it -> parameters.putAll(Wire.parameters(it)));
        Optional.ofNullable(place.getRawFragment())
                .ifPresent(it -> Wire.parameters(it).forEach(parameters::putIfAbsent));
        return Optional.ofNullable(parameters.get(name));
    }

    /// All forms, in order.
    public List<Form> forms() {
        return new Html(url, body).forms();
    }

    /// The only form.
    ///
    /// @throws IllegalStateException if there is none, or more than one
    public Form form() {
        var forms = forms();
        if (forms.size() != 1)
            throw new IllegalStateException(
                    "%d forms at %s (status %d)".formatted(forms.size(), url.getPath(), status));
        return forms.getFirst();
    }

    /// Whether it asks for a user name and a password.
    public boolean asksToSignIn() {
        return forms().stream()
                .map(Form::fields)
                .anyMatch(it -> it.containsKey("username") && it.containsKey("password"));
    }

    /// The first heading, as it is read.
    public String heading() {
        return new Html(url, body).textOf("h1").orElse("");
    }
}
