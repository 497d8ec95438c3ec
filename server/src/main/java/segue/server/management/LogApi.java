package segue.server.management;

import segue.domain.log.UserAgent;
import segue.domain.network.Geo;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.storage.Observations;
import segue.storage.jdbc.LogTable.Entry;
import segue.storage.jdbc.Query;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The tenant log (contract management-api §8).
public final class LogApi {
    private static final DateTimeFormatter DIGITS =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmssSSS");
    private static final Pattern ID = Pattern.compile("900(\\d{17})(\\d{36})");
    private static final int REACH = 1_000;
    private static final List<String> SCOPES = List.of("read:logs", "read:logs_users");
    private static final ManagementError UNKNOWN = ManagementError.notFound("Log not found.");

    private final Observations observations;
    private final Domains domains;

    public LogApi(Observations observations, Domains domains) {
        this.observations = observations;
        this.domains = domains;
    }

    List<Operation> operations() {
        return List.of(
                Operation.any(Method.GET, "/logs", SCOPES, this::list),
                Operation.any(Method.GET, "/logs/{id}", SCOPES, this::get),
                Operation.any(Method.GET, "/users/{id}/logs", SCOPES, this::ofUser));
    }

    /// A place in the log: what a log id names.
    private record Place(long at, long seq) {
        static final Place START = new Place(0, 0);

        static Optional<Place> parse(String id) {
            var match = ID.matcher(id);
            if (!match.matches()) return Optional.empty();
            try {
                var at = LocalDateTime.parse(match.group(1), DIGITS).toInstant(ZoneOffset.UTC);
                return Optional.of(new Place(at.toEpochMilli(), Long.parseLong(match.group(2))));
            } catch (DateTimeParseException | NumberFormatException e) {
                return Optional.empty();
            }
        }
    }

    private static String id(Entry entry) {
        var at = DIGITS.withZone(ZoneOffset.UTC).format(Instant.ofEpochMilli(entry.at()));
        return "900" + at + String.format("%036d", entry.seq());
    }

    private static final Search.Fields FIELDS =
            new Search.Fields(
                    Set.of("date"),
                    List.of(
                            "client_name",
                            "connection",
                            "description",
                            "ip",
                            "log_id",
                            "type",
                            "user_name"),
                    (_, value) -> value);

    private Result<Response> list(Call call) {
        if (call.request().query().has("from")) return checkpoint(call);
        var text = call.query("q").or(() -> call.query("search")).orElse("");
        return search(Search.parse(text, FIELDS), call);
    }

    private Result<Response> ofUser(Call call) {
        return search(
                Optional.of(new Query.Term("user_id", call.request().pathParameter("id"))), call);
    }

    private Result<Response> search(Optional<Query> query, Call call) {
        var sort = call.query("sort").orElse("date:-1");
        if (!sort.equals("date:1") && !sort.equals("date:-1"))
            return new Result.Failed<>(ManagementError.query("Expected date:1 or date:-1", "sort"));
        return Page.of(call)
                .then(
                        page -> {
                            if ((long) (page.number() + 1) * page.size() > REACH)
                                return new Result.Failed<>(
                                        ManagementError.query(
                                                "Only the first 1000 results can be paged",
                                                "page"));
                            return query.flatMap(
                                            it ->
                                                    observations.log(
                                                            it,
                                                            sort.equals("date:1"),
                                                            page.number() * page.size(),
                                                            page.size(),
                                                            page.totals()))
                                    .<Result<Response>>map(
                                            found ->
                                                    new Result.Ok<>(
                                                            page.offset(
                                                                    found.entries().stream()
                                                                            .map(LogApi::shown)
                                                                            .toList(),
                                                                    found.total(),
                                                                    "logs",
                                                                    call)))
                                    .orElseGet(
                                            () ->
                                                    new Result.Failed<>(
                                                            ManagementError.query(
                                                                    "The query can't be evaluated",
                                                                    "q")));
                        });
    }

    /// Events strictly newer than an id, in order; every other parameter is ignored.
    private Result<Response> checkpoint(Call call) {
        var from = call.query("from");
        var place = from.isEmpty() ? Optional.of(Place.START) : Place.parse(from.get());
        if (place.isEmpty())
            return new Result.Failed<>(ManagementError.query("Not a log id", "from"));
        return Page.take(call)
                .then(
                        take -> {
                            var entries =
                                    observations.logAfter(
                                            place.get().at(), place.get().seq(), take);
                            var array = Page.JSON.createArrayNode();
                            entries.forEach(entry -> array.add(shown(entry)));
                            var next = entries.isEmpty() ? from.orElse("") : id(entries.getLast());
                            var link =
                                    domains.issuer(call.request().host())
                                            + "api/v2/logs?from="
                                            + next
                                            + "&take="
                                            + take;
                            return new Result.Ok<>(
                                    Page.json(200, array)
                                            .withHeader("Link", "<" + link + ">; rel=\"next\""));
                        });
    }

    private Result<Response> get(Call call) {
        return Place.parse(call.request().pathParameter("id"))
                .flatMap(place -> observations.event(place.at(), place.seq()))
                .<Result<Response>>map(entry -> new Result.Ok<>(Page.json(200, shown(entry))))
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private static ObjectNode shown(Entry entry) {
        var item = Page.JSON.createObjectNode();
        item.put("date", Documents.time(Instant.ofEpochMilli(entry.at())));
        entry.columns()
                .forEach(
                        (name, text) -> {
                            if (name.equals("auth0_client"))
                                item.set(name, Page.JSON.readTree(text));
                            else if (!text.isEmpty()) item.put(name, text);
                        });
        if (entry.columns().containsKey("connection"))
            item.put("strategy", "auth0").put("strategy_type", "database");
        if (entry.columns().containsKey("user_agent"))
            item.put(
                    "isMobile", UserAgent.isMobile(entry.columns().getOrDefault("user_agent", "")));
        if (!entry.geo().equals(Geo.UNKNOWN)) item.set("location_info", location(entry.geo()));
        if (!entry.details().values().isEmpty()) {
            var details = item.putObject("details");
            entry.details().values().forEach((path, value) -> put(details, path, value));
        }
        item.putObject("$event_schema").put("version", "1.0.0");
        return item.put("log_id", id(entry)).put("_id", id(entry));
    }

    private static ObjectNode location(Geo geo) {
        var location = Page.JSON.createObjectNode();
        geo.countryCode().ifPresent(it -> location.put("country_code", it));
        geo.countryCode3().ifPresent(it -> location.put("country_code3", it));
        geo.countryName().ifPresent(it -> location.put("country_name", it));
        geo.cityName().ifPresent(it -> location.put("city_name", it));
        geo.latitude().ifPresent(it -> location.put("latitude", it));
        geo.longitude().ifPresent(it -> location.put("longitude", it));
        geo.timeZone().ifPresent(it -> location.put("time_zone", it));
        geo.continentCode().ifPresent(it -> location.put("continent_code", it));
        return location;
    }

    private static void put(ObjectNode object, String path, Object value) {
        var dot = path.indexOf('.');
        if (dot > 0) {
            var name = path.substring(0, dot);
            var inner =
                    object.get(name) instanceof ObjectNode there ? there : object.putObject(name);
            put(inner, path.substring(dot + 1), value);
            return;
        }
        switch (value) {
            case Long number -> object.put(path, number);
            case Boolean truth -> object.put(path, truth);
            case List<?> identifiers -> {
                var array = object.putArray(path);
                identifiers.forEach(id -> array.add(id.toString()));
            }
            default -> object.put(path, value.toString());
        }
    }
}
