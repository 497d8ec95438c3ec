// openid-client, and what is built on it, takes the type `N_A` for a token exchange only, so that a refresh grant can't
// mint. Their published option `customFetch` is where an app says how such an answer is read.

/// Fetches; a session transfer token comes as a bearer's, which it is.
export async function fetchTransfers(url, options) {
  const response = await fetch(url, options);
  if (!response.ok || new URL(url).pathname !== '/oauth/token') return response;
  const tokens = await response.json();
  if (tokens.token_type === 'N_A') tokens.token_type = 'Bearer';
  return Response.json(tokens, response);
}
