package segue.server.management;

import segue.server.http.Response;
import segue.storage.jdbc.Place;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/// Pagination (contract management-api §1.4): offset as an array, offset with totals, checkpoint.
///
/// @param number 0-based
/// @param from the last item of the page before, for checkpoint pagination
record Page(int number, int size, boolean totals, Optional<Integer> take, Optional<String> from) {
    static final JsonMapper JSON = new JsonMapper();
    private static final int MOST = 100;
    private static final int USUAL = 50;
    private static final int CHECKSUM = 8;

    /// When an item was created, and its id.
    private static final Pattern PLACE = Pattern.compile("(\\d{1,15})\\.(.+)");

    /// Reads the parameters.
    static Result<Page> of(Call call) {
        return number(call, "page", 0, 999_999)
                .then(
                        number ->
                                number(call, "per_page", 0, MOST)
                                        .then(
                                                size ->
                                                        number(call, "take", 1, MOST)
                                                                .then(
                                                                        take ->
                                                                                new Result.Ok<>(
                                                                                        of(
                                                                                                call,
                                                                                                number,
                                                                                                size,
                                                                                                take)))));
    }

    private static Page of(
            Call call, Optional<Integer> number, Optional<Integer> size, Optional<Integer> take) {
        return new Page(
                number.orElse(0),
                size.filter(it -> it > 0).orElse(USUAL),
                call.query("include_totals").filter("true"::equals).isPresent(),
                take,
                call.query("from"));
    }

    /// How many items a checkpoint page has at most.
    static Result<Integer> take(Call call) {
        return number(call, "take", 1, MOST).then(take -> new Result.Ok<>(take.orElse(USUAL)));
    }

    private static Result<Optional<Integer>> number(Call call, String name, int least, int most) {
        var text = call.query(name);
        if (text.isEmpty()) return new Result.Ok<>(Optional.empty());
        if (!text.get().matches("-?\\d{1,6}"))
            return new Result.Failed<>(
                    ManagementError.query("Expected type integer but found type string", name));
        var value = Integer.parseInt(text.get());
        if (value < least)
            return new Result.Failed<>(
                    ManagementError.query(
                            "Value " + value + " is less than minimum " + least, name));
        if (value > most)
            return new Result.Failed<>(
                    ManagementError.query(
                            "Value " + value + " is greater than maximum " + most, name));
        return new Result.Ok<>(Optional.of(value));
    }

    /// A list that is at hand as a whole.
    ///
    /// @param key the name of the list in an object
    /// @param id the property that tells its items apart
    Result<Response> render(List<ObjectNode> items, String key, String id, Call call) {
        if (take.isPresent() || from.isPresent()) return checkpoint(items, key, id, call);
        var start = Math.min((long) number * size, items.size());
        var shown = items.subList((int) start, (int) Math.min(start + size, items.size()));
        return new Result.Ok<>(offset(shown, items.size(), key, call));
    }

    /// A page that was cut by the database.
    Response offset(List<ObjectNode> shown, long total, String key, Call call) {
        var array = JSON.createArrayNode();
        shown.forEach(item -> array.add(fields(item, call)));
        if (!totals) return json(200, array);
        var object = JSON.createObjectNode();
        object.put("start", (long) number * size).put("limit", size);
        // Contract management-api §1.4: only these two say it.
        if (key.equals("users") || key.equals("logs")) object.put("length", shown.size());
        object.put("total", total);
        object.set(key, array);
        return json(200, object);
    }

    /// A page of a list that only the database holds as a whole, always in checkpoint style;
    /// `include_totals` is ignored there (contract management-api §16, M5).
    ///
    /// @param read items behind a place, at most so many
    /// @param place where an item stands
    <T> Result<Response> keyset(
            BiFunction<Optional<Place>, Integer, List<T>> read,
            Function<T, Place> place,
            Function<T, ObjectNode> shown,
            String key,
            Call call) {
        var after = from.flatMap(it -> opened(key, it)).flatMap(Page::place);
        if (from.isPresent() && after.isEmpty()) return NOT_A_CHECKPOINT;
        var most = take.orElse(USUAL);
        // One more tells whether there is another page.
        var items = read.apply(after, most + 1);
        var object = JSON.createObjectNode();
        var array = object.putArray(key);
        items.stream().limit(most).forEach(it -> array.add(fields(shown.apply(it), call)));
        if (items.size() > most) {
            var last = place.apply(items.get(most - 1));
            object.put("next", closed(key, last.createdAt().toEpochMilli() + "." + last.id()));
        }
        return new Result.Ok<>(json(200, object));
    }

    private static Optional<Place> place(String text) {
        var match = PLACE.matcher(text);
        if (!match.matches()) return Optional.empty();
        var createdAt = Instant.ofEpochMilli(Long.parseLong(match.group(1)));
        return Optional.of(new Place(createdAt, match.group(2)));
    }

    /// The same in checkpoint style, whatever was asked for: in the order of the ids, so that a
    /// checkpoint goes on at its place even when all that stood before it is gone.
    Result<Response> checkpoint(List<ObjectNode> items, String key, String id, Call call) {
        var after = from.flatMap(it -> opened(key, it));
        if (from.isPresent() && after.isEmpty()) return NOT_A_CHECKPOINT;
        var rest =
                items.stream()
                        .filter(it -> after.isEmpty() || name(it, id).compareTo(after.get()) > 0)
                        .sorted(Comparator.comparing(it -> name(it, id)))
                        .toList();
        var end = Math.min(take.orElse(USUAL), rest.size());
        var object = JSON.createObjectNode();
        var array = object.putArray(key);
        rest.subList(0, end).forEach(item -> array.add(fields(item, call)));
        if (end < rest.size()) object.put("next", closed(key, name(rest.get(end - 1), id)));
        return new Result.Ok<>(json(200, object));
    }

    private static String name(ObjectNode item, String id) {
        return item.path(id).asString();
    }

    private static final Result<Response> NOT_A_CHECKPOINT =
            new Result.Failed<>(ManagementError.query("Not a checkpoint", "from"));

    /// A place as the outside sees it (contract management-api §1.4: opaque). It opens nothing that
    /// its reader may not read anyway, so it needs no key; the checksum refuses one that was cut,
    /// changed or taken from another kind of list, which would silently skip items.
    private static String closed(String key, String place) {
        var checksum = new CRC32();
        checksum.update((key + " " + place).getBytes(StandardCharsets.UTF_8));
        var text = "%08x".formatted(checksum.getValue()) + place;
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> opened(String key, String checkpoint) {
        try {
            var bytes = Base64.getUrlDecoder().decode(checkpoint);
            return Optional.of(new String(bytes, StandardCharsets.UTF_8))
                    .filter(text -> text.length() > CHECKSUM)
                    .map(text -> text.substring(CHECKSUM))
                    .filter(place -> closed(key, place).equals(checkpoint));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// `fields` and `include_fields`.
    static JsonNode fields(ObjectNode item, Call call) {
        var names =
                call.query("fields").map(text -> List.of(text.split(",", -1))).orElse(List.of());
        if (names.isEmpty()) return item;
        var isWanted = call.query("include_fields").map(text -> !text.equals("false")).orElse(true);
        var cut = isWanted ? JSON.createObjectNode() : item.deepCopy();
        for (var name : names) {
            // One level of metadata may be named, as in user_metadata.colour.
            var path = name.strip().split("\\.", 2);
            if (path.length == 1) cut(item, cut, path[0], isWanted);
            else if (item.get(path[0]) instanceof ObjectNode inner) {
                var innerCut =
                        cut.get(path[0]) instanceof ObjectNode there
                                ? there
                                : JSON.createObjectNode();
                cut(inner, innerCut, path[1], isWanted);
                if (isWanted && !innerCut.isEmpty()) cut.set(path[0], innerCut);
            }
        }
        return cut;
    }

    private static void cut(ObjectNode from, ObjectNode to, String name, boolean isWanted) {
        if (!isWanted) to.remove(name);
        else if (from.has(name)) to.set(name, from.get(name));
    }

    static Response json(int status, JsonNode json) {
        return Response.json(status, json.toString());
    }

    static ObjectNode object(String document) {
        return (ObjectNode) JSON.readTree(document);
    }
}
