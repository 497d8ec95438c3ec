package segue.server.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Finds the endpoint of a request. Routes are looked up by their first segment, so that the number
/// of routes costs nothing.
public final class Router {
    private final List<Route> routes = new ArrayList<>();
    private final Map<String, List<Route>> byFirstSegment = new HashMap<>();
    private final Map<String, Fallback> fallbacks = new HashMap<>();

    /// How a part of the site says that it has no such route.
    @FunctionalInterface
    public interface Fallback {
        /// @param status 404 or 405
        /// @param reason the status in words
        Response answer(int status, String reason);
    }

    /// What was found.
    ///
    /// @param template the route's template, or `unmatched`: a label with few values, for metrics
    ///   and the access log
    public record Match(String template, Request request, Endpoint endpoint) {}

    /// Adds a route and returns this.
    public Router add(Method method, String template, Endpoint endpoint) {
        var route = new Route(method, template, endpoint);
        routes.add(route);
        byFirstSegment
                .computeIfAbsent(Route.segments(template).getFirst(), _ -> new ArrayList<>())
                .add(route);
        return this;
    }

    /// What has no route is answered like this, if its path begins with this segment, and returns
    /// this. Everything else gets the JSON of the OAuth endpoints: SDKs read nothing else (contract
    /// authentication-api §1).
    public Router otherwise(String firstSegment, Fallback fallback) {
        fallbacks.put(firstSegment, fallback);
        return this;
    }

    /// All routes, in the order in which they were added.
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    /// The endpoint of a request; one that answers 404 or 405 if there is none.
    public Match match(Request request) {
        var segments = Route.segments(request.path());
        if (segments.isEmpty())
            return unmatched(request, Response.invalidRequest(404, "Not Found"));
        var fallback =
                fallbacks.getOrDefault(segments.getFirst(), (Fallback) Response::invalidRequest);
        var candidates = byFirstSegment.getOrDefault(segments.getFirst(), List.of());
        var fitting = new ArrayList<Route>();
        for (var route : candidates) {
            var parameters = route.match(segments);
            if (parameters.isEmpty()) continue;
            if (route.method() == request.method())
                return new Match(route.template(), request.at(parameters.get()), route.endpoint());
            fitting.add(route);
        }
        if (fitting.isEmpty()) return unmatched(request, fallback.answer(404, "Not Found"));
        var allowed =
                fitting.stream()
                        .map(route -> route.method().name())
                        .sorted()
                        .collect(Collectors.joining(", "));
        return unmatched(
                request, fallback.answer(405, "Method Not Allowed").withHeader("Allow", allowed));
    }

    private static Match unmatched(Request request, Response answer) {
        return new Match("unmatched", request, _ -> answer);
    }
}
