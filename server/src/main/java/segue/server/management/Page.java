package segue.server.management;

import segue.server.http.Response;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Pagination (contract management-api §1.4): offset as an array, offset with totals, checkpoint.
///
/// @param number 0-based
/// @param from the last item of the page before, for checkpoint pagination
record Page(int number, int size, boolean totals, Optional<Integer> take, Optional<String> from) {
    static final JsonMapper JSON = new JsonMapper();
    private static final int MOST = 100;
    private static final int USUAL = 50;

    /// Reads the parameters.
    static Result<Page> of(Call call) {
        var size = number(call, "per_page");
        var number = number(call, "page");
        var take = number(call, "take");
        if (size.isPresent() && (size.get() < 0 || size.get() > MOST)) return bad("per_page");
        if (number.isPresent() && number.get() < 0) return bad("page");
        if (take.isPresent() && (take.get() < 1 || take.get() > MOST)) return bad("take");
        return new Result.Ok<>(
                new Page(
                        number.orElse(0),
                        size.filter(it -> it > 0).orElse(USUAL),
                        call.query("include_totals").filter("true"::equals).isPresent(),
                        take,
                        call.query("from")));
    }

    private static Optional<Integer> number(Call call, String name) {
        return call.query(name).map(text -> text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1);
    }

    private static Result<Page> bad(String name) {
        return new Result.Failed<>(
                ManagementError.query("Expected an integer between 1 and " + MOST, name));
    }

    /// A list that is at hand as a whole; an item's id is where a checkpoint goes on.
    ///
    /// @param key the name of the list in an object
    Response render(List<ObjectNode> items, String key, String id, Call call) {
        if (take.isPresent() || from.isPresent()) return checkpoint(items, key, id, call);
        var start = Math.min((long) number * size, items.size());
        var shown = items.subList((int) start, (int) Math.min(start + size, items.size()));
        return offset(shown, items.size(), key, call);
    }

    /// A page that was cut by the database.
    Response offset(List<ObjectNode> shown, long total, String key, Call call) {
        var array = JSON.createArrayNode();
        shown.forEach(item -> array.add(fields(item, call)));
        if (!totals) return json(200, array);
        var object = JSON.createObjectNode();
        object.put("start", (long) number * size)
                .put("limit", size)
                .put("length", shown.size())
                .put("total", total);
        object.set(key, array);
        return json(200, object);
    }

    private Response checkpoint(List<ObjectNode> items, String key, String id, Call call) {
        var rest = items;
        if (from.isPresent()) {
            var at =
                    items.stream()
                            .map(item -> item.path(id).asString())
                            .toList()
                            .indexOf(from.get());
            rest = items.subList(at + 1, items.size());
        }
        var count = Math.min(take.orElse(USUAL), rest.size());
        return checkpoint(rest.subList(0, count), count < rest.size(), key, id, call);
    }

    /// A checkpoint page that was cut by the database.
    Response checkpoint(List<ObjectNode> shown, boolean isMore, String key, String id, Call call) {
        var object = JSON.createObjectNode();
        var array = object.putArray(key);
        shown.forEach(item -> array.add(fields(item, call)));
        if (isMore) object.put("next", shown.getLast().path(id).asString());
        return json(200, object);
    }

    /// `fields` and `include_fields`.
    static JsonNode fields(ObjectNode item, Call call) {
        var named = call.query("fields").map(text -> Set.of(distinct(text)));
        if (named.isEmpty()) return item;
        var isWanted = call.query("include_fields").map(text -> !text.equals("false")).orElse(true);
        var cut = item.deepCopy();
        for (var name : List.copyOf(item.propertyNames()))
            if (named.get().contains(name) != isWanted) cut.remove(name);
        return cut;
    }

    private static String[] distinct(String text) {
        return List.of(text.split(",", -1)).stream()
                .map(String::strip)
                .distinct()
                .toArray(String[]::new);
    }

    static Response json(int status, JsonNode json) {
        return Response.json(status, json.toString());
    }

    static ObjectNode object(String document) {
        return (ObjectNode) JSON.readTree(document);
    }
}
