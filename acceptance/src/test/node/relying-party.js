// A web app whose users sign in elsewhere, over a library that is given as functions. It has one user at a time.
import { routes, serve } from './site.js';

/// @param connect from the app's origin to
///   - `authorization(parameters, { pushes, proves })`: where the browser goes to sign in, and what is to be remembered
///     until it is back; the request may be pushed, and a key be proven (DPoP)
///   - `callback(url, remembered)`: the tokens, and the claims of the ID token
///   - `refresh(tokens, parameters)`: the same
///   - `mint(tokens, parameters)`: the same with what the library needs to read a session transfer token's answer
///   - `userinfo(tokens)`
///   - `introspect(token)`
///   - `revoke(refreshToken)`
///   - `logout(tokens, to)`: where the browser goes to sign out
///   - `device(parameters)`: a device authorization
///   - `poll(device)`: the tokens that its user has agreed to
///   - `manage(path, audience)`: what the Management API answers to the client's own token
export function relyingParty(connect) {
  serve(async (origin) => {
    const library = await connect(`${origin}/callback`);
    let remembered;
    let tokens;
    let device;
    /// Keeps what an answer replaces.
    function keep(next) {
      tokens = { ...tokens, ...next };
      return next;
    }
    async function login(url, how) {
      const parameters = {
        redirect_uri: `${origin}/callback`,
        scope: 'openid profile email offline_access',
        ...Object.fromEntries(url.searchParams),
      };
      const attempt = await library.authorization(parameters, how);
      remembered = attempt.remembered;
      return attempt.url;
    }
    return routes(origin, {
      '/login': (url) => login(url, {}),
      '/pushed/login': (url) => login(url, { pushes: true }),
      '/dpop/login': (url) => login(url, { proves: true }),
      '/dpop/pushed/login': (url) => login(url, { pushes: true, proves: true }),
      '/callback': async (url) => {
        tokens = await library.callback(url, remembered);
        return new URL('/', origin);
      },
      '/': () => tokens?.claims,
      '/refresh': async () => {
        const before = tokens.access_token;
        const { access_token, token_type, claims } = keep(await library.refresh(tokens));
        return { isNew: access_token !== before, type: token_type, ...claims };
      },
      '/misread': (url) => library.refresh(tokens, Object.fromEntries(url.searchParams)),
      '/mint': async (url) => {
        const { access_token, ...minted } = await library.mint(tokens, Object.fromEntries(url.searchParams));
        keep({ refresh_token: minted.refresh_token ?? tokens.refresh_token });
        return { access_token };
      },
      '/userinfo': () => library.userinfo(tokens),
      '/introspect': () => library.introspect(tokens.refresh_token),
      '/revoke': () => library.revoke(tokens.refresh_token),
      '/logout': () => library.logout(tokens, `${origin}/`),
      '/device': async (url) => {
        device = await library.device(Object.fromEntries(url.searchParams));
        return device;
      },
      '/device/tokens': async () => (await library.poll(device)).claims,
      '/manage': (url) => library.manage(url.searchParams.get('path'), url.searchParams.get('audience')),
    });
  });
}
