package segue.server.management;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// What a document may hold (THREATS R47.2). A property that isn't named is refused, a value of the
/// wrong type is refused, and everything that is wrong is said at once, in the words of recorded
/// answers (contract management-api §1.2).
final class Schema {
    private static final int LONGEST_ECHO = 100;

    /// Adds what is wrong with a value.
    @FunctionalInterface
    interface Check {
        /// @param path the dotted path of the property, empty for the body itself
        void check(JsonNode value, String path, List<String> problems);
    }

    private final Map<String, Check> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final Set<String> nullable = new HashSet<>();

    Schema with(String name, Check check) {
        properties.put(name, check);
        return this;
    }

    Schema with(Check check, String... names) {
        for (var name : names) with(name, check);
        return this;
    }

    /// These must be there. In a change of the whole document, [#changes] lets them be absent.
    Schema required(String... names) {
        required.addAll(List.of(names));
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
        check(document, "", problems);
        return problems;
    }

    /// The problems of a change, in which nothing is required of the document itself.
    ///
    /// @param fixed properties that can't be changed any more
    List<String> changes(ObjectNode change, String... fixed) {
        var problems = new ArrayList<String>();
        var absent = List.of(fixed);
        checkKnown(
                change,
                "",
                name -> properties.containsKey(name) && !absent.contains(name),
                problems);
        return problems;
    }

    /// The properties of a document that aren't in the schema.
    List<String> strangers(ObjectNode document) {
        return document.propertyNames().stream()
                .filter(name -> !properties.containsKey(name))
                .toList();
    }

    private void check(ObjectNode document, String path, List<String> problems) {
        for (var name : required)
            if (!document.has(name)) problem("Missing required property: " + name, path, problems);
        checkKnown(document, path, properties::containsKey, problems);
    }

    private void checkKnown(
            ObjectNode document, String path, Predicate<String> isKnown, List<String> problems) {
        var unknown = new ArrayList<String>();
        for (var property : document.properties()) {
            var name = property.getKey();
            var check = properties.get(name);
            if (check == null || !isKnown.test(name)) unknown.add(shortened(name));
            else if (!property.getValue().isNull() || !nullable.contains(name))
                check.check(
                        property.getValue(), path.isEmpty() ? name : path + "." + name, problems);
        }
        if (!unknown.isEmpty())
            problem(
                    "Additional properties not allowed: " + String.join(",", unknown),
                    path,
                    problems);
    }

    /// Words a problem.
    static void problem(String what, String path, List<String> problems) {
        problems.add("'" + what + "'" + (path.isEmpty() ? "" : " on property " + path));
    }

    private static void expected(String type, JsonNode found, String path, List<String> problems) {
        problem("Expected type " + type + " but found type " + type(found), path, problems);
    }

    /// What was sent, short enough to be sent back.
    static String shortened(String text) {
        return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "…";
    }

    static Check text() {
        return (value, path, problems) -> {
            if (!value.isString()) expected("string", value, path, problems);
        };
    }

    static Check text(Pattern pattern, String description) {
        return text(
                it ->
                        pattern.matcher(it).matches()
                                ? List.of()
                                : List.of("String does not match pattern: " + description));
    }

    /// A text, about which a rule says what is wrong.
    static Check text(Function<String, List<String>> rule) {
        return (value, path, problems) -> {
            if (!value.isString()) expected("string", value, path, problems);
            else rule.apply(value.asString()).forEach(what -> problem(what, path, problems));
        };
    }

    static Check oneOf(String... allowed) {
        return oneOf(List.of(allowed));
    }

    static Check oneOf(List<String> values) {
        return (value, path, problems) -> {
            if (!value.isString()) expected("string", value, path, problems);
            else if (!values.contains(value.asString()))
                problem("No enum match for: " + shortened(value.asString()), path, problems);
        };
    }

    static Check flag() {
        return (value, path, problems) -> {
            if (!value.isBoolean()) expected("boolean", value, path, problems);
        };
    }

    /// A number in a range, both ends included.
    static Check number(double least, double most) {
        return (value, path, problems) -> {
            if (!value.isNumber()) expected("number", value, path, problems);
            else if (value.asDouble() < least)
                problem(
                        "Value " + value.asString() + " is less than minimum " + least,
                        path,
                        problems);
            else if (value.asDouble() > most)
                problem(
                        "Value " + value.asString() + " is greater than maximum " + most,
                        path,
                        problems);
        };
    }

    static Check whole(long least, long most) {
        return (value, path, problems) -> {
            if (!value.isIntegralNumber()) expected("integer", value, path, problems);
            else if (!value.canConvertToLong() || value.asLong() > most)
                problem(
                        "Value " + value.asString() + " is greater than maximum " + most,
                        path,
                        problems);
            else if (value.asLong() < least)
                problem(
                        "Value " + value.asString() + " is less than minimum " + least,
                        path,
                        problems);
        };
    }

    static Check array(Check item, int most) {
        return array(item, 0, most);
    }

    static Check array(Check item, int least, int most) {
        return (value, path, problems) -> {
            if (!value.isArray()) expected("array", value, path, problems);
            else if (value.size() > most)
                problem(
                        "Array is too long (" + value.size() + "), maximum " + most,
                        path,
                        problems);
            else if (value.size() < least)
                problem(
                        "Array is too short (" + value.size() + "), minimum " + least,
                        path,
                        problems);
            else
                for (var i = 0; i < value.size(); i++)
                    item.check(
                            value.get(i),
                            path.isEmpty() ? Integer.toString(i) : path + "." + i,
                            problems);
        };
    }

    static Check unique(Check array) {
        return (value, path, problems) -> {
            array.check(value, path, problems);
            var distinct = value.valueStream().distinct().count();
            if (value.isArray() && distinct < value.size())
                problem("Array items are not unique", path, problems);
        };
    }

    static Check object(Schema schema) {
        return (value, path, problems) -> {
            if (value instanceof ObjectNode object) schema.check(object, path, problems);
            else expected("object", value, path, problems);
        };
    }

    /// Whatever it is, it is stored and returned as it came.
    static Check anything() {
        return (_, _, _) -> {};
    }

    static Check anyObject() {
        return (value, path, problems) -> {
            if (!value.isObject()) expected("object", value, path, problems);
        };
    }

    private static String type(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "array";
            case BOOLEAN -> "boolean";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            case OBJECT, POJO -> "object";
            case STRING, BINARY -> "string";
            case NULL, MISSING -> "null";
        };
    }
}
