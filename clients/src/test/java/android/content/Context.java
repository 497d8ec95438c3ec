package android.content;

/// An app's context, which the SDK's classes name. Nothing here has one: the account is made of a
/// client id and a domain.
public abstract class Context {}
