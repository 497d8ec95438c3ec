package segue.server.management;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What a document may hold (THREATS R47.2). A property that isn't named is refused, a value of the
/// wrong type is refused, and everything that is wrong is said at once.
final class Schema {
    /// Says what is wrong with a value; empty if nothing is.
    interface Check extends Function<JsonNode, List<String>> {}

    private final Map<String, Check> properties = new LinkedHashMap<>();
    private final Set<String> nullable = new HashSet<>();

    Schema with(String name, Check check) {
        properties.put(name, check);
        return this;
    }

    Schema with(Check check, String... names) {
        for (var name : names) with(name, check);
        return this;
    }

    /// These may be `null`, which takes them away.
    Schema nullable(String... names) {
        nullable.addAll(List.of(names));
        return this;
    }

    /// The problems of a document; empty if there are none.
    List<String> problems(ObjectNode document) {
        var problems = new ArrayList<String>();
        for (var property : document.properties()) {
            var check = properties.get(property.getKey());
            if (check == null)
                problems.add("'Additional properties not allowed: " + property.getKey() + "'");
            else if (property.getValue().isNull()) {
                if (!nullable.contains(property.getKey()))
                    problems.add(
                            "'Expected type other than null' on property " + property.getKey());
            } else
                for (var what : check.apply(property.getValue()))
                    problems.add("'" + what + "' on property " + property.getKey());
        }
        return problems;
    }

    static Check text() {
        return value ->
                value.isString()
                        ? List.of()
                        : List.of("Expected type string but found type " + type(value));
    }

    static Check text(Pattern pattern, String description) {
        return value -> {
            if (!value.isString()) return text().apply(value);
            return pattern.matcher(value.asString()).matches()
                    ? List.of()
                    : List.of("String does not match pattern: " + description);
        };
    }

    static Check oneOf(String... allowed) {
        return value ->
                value.isString() && Set.of(allowed).contains(value.asString())
                        ? List.of()
                        : List.of("No enum match for: " + value.asString(type(value)));
    }

    static Check flag() {
        return value ->
                value.isBoolean()
                        ? List.of()
                        : List.of("Expected type boolean but found type " + type(value));
    }

    /// A number in a range, both ends included.
    static Check number(double least, double most) {
        return value -> {
            if (!value.isNumber())
                return List.of("Expected type number but found type " + type(value));
            return value.asDouble() >= least && value.asDouble() <= most
                    ? List.of()
                    : List.of(
                            "Value "
                                    + value.asString()
                                    + " is not between "
                                    + least
                                    + " and "
                                    + most);
        };
    }

    static Check whole(long least, long most) {
        return value -> {
            if (!value.isIntegralNumber())
                return List.of("Expected type integer but found type " + type(value));
            return value.canConvertToLong() && value.asLong() >= least && value.asLong() <= most
                    ? List.of()
                    : List.of(
                            "Value "
                                    + value.asString()
                                    + " is not between "
                                    + least
                                    + " and "
                                    + most);
        };
    }

    static Check array(Check item, int most) {
        return value -> {
            if (!value.isArray())
                return List.of("Expected type array but found type " + type(value));
            if (value.size() > most)
                return List.of("Array is too long (" + value.size() + "), maximum " + most);
            var problems = new ArrayList<String>();
            for (var element : value) problems.addAll(item.apply(element));
            return problems;
        };
    }

    static Check unique(Check array) {
        return value -> {
            var problems = array.apply(value);
            if (!problems.isEmpty()) return problems;
            var seen = value.valueStream().map(JsonNode::toString).distinct().count();
            return seen == value.size() ? List.of() : List.of("Array items are not unique");
        };
    }

    static Check object(Schema schema) {
        return value ->
                value instanceof ObjectNode object
                        ? schema.problems(object)
                        : List.of("Expected type object but found type " + type(value));
    }

    /// Whatever it is, it is stored and returned as it came.
    static Check anything() {
        return _ -> List.of();
    }

    static Check anyObject() {
        return value ->
                value.isObject()
                        ? List.of()
                        : List.of("Expected type object but found type " + type(value));
    }

    private static String type(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "array";
            case BOOLEAN -> "boolean";
            case NUMBER -> "number";
            case OBJECT, POJO -> "object";
            case STRING, BINARY -> "string";
            case NULL, MISSING -> "null";
        };
    }
}
