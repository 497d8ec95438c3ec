package segue.server.management;

import segue.server.http.Method;
import segue.server.http.Response;

import java.util.List;
import java.util.function.Function;

/// One operation: where it is, which scopes open it, what it does.
///
/// @param path below `/api/v2`
/// @param anyOf one of these scopes suffices
/// @param allOf all of these are needed
record Operation(
        Method method,
        String path,
        List<String> anyOf,
        List<String> allOf,
        Function<Call, Result<Response>> action) {

    /// Refuses an operation that needs no scope (THREATS R47.1).
    Operation {
        anyOf = List.copyOf(anyOf);
        allOf = List.copyOf(allOf);
        if (anyOf.isEmpty() && allOf.isEmpty())
            throw new IllegalArgumentException("an operation needs a scope: " + path);
    }

    static Operation of(
            Method method, String path, String scope, Function<Call, Result<Response>> action) {
        return new Operation(method, path, List.of(scope), List.of(), action);
    }

    static Operation any(
            Method method,
            String path,
            List<String> scopes,
            Function<Call, Result<Response>> action) {
        return new Operation(method, path, scopes, List.of(), action);
    }

    static Operation all(
            Method method,
            String path,
            List<String> scopes,
            Function<Call, Result<Response>> action) {
        return new Operation(method, path, List.of(), scopes, action);
    }
}
