// A web app whose users sign in elsewhere, over a library that is given as functions. It has one user at a time.
import { routes, serve } from './site.js';

/// @param connect from the app's origin to
///   - `authorization(parameters, pushes)`: where the browser goes to sign in, the request pushed or not, and what is to
///     be remembered until it is back
///   - `callback(url, remembered)`: the tokens, and the claims of the ID token
///   - `refresh(refreshToken, parameters)`: the same
///   - `userinfo(tokens)`
///   - `revoke(refreshToken)`
///   - `logout(tokens, to)`: where the browser goes to sign out
///   - `manage(path, audience)`: what the Management API answers to the client's own token
export function relyingParty(connect) {
  serve(async (origin) => {
    const library = await connect(`${origin}/callback`);
    let remembered;
    let tokens;
    async function login(url, pushes) {
      const parameters = {
        redirect_uri: `${origin}/callback`,
        scope: 'openid profile email offline_access',
        ...Object.fromEntries(url.searchParams),
      };
      const attempt = await library.authorization(parameters, pushes);
      remembered = attempt.remembered;
      return attempt.url;
    }
    return routes(origin, {
      '/login': (url) => login(url, false),
      '/pushed/login': (url) => login(url, true),
      '/callback': async (url) => {
        tokens = await library.callback(url, remembered);
        return new URL('/', origin);
      },
      '/': () => tokens?.claims,
      '/refresh': async () => {
        const before = tokens;
        tokens = await library.refresh(before.refresh_token);
        tokens.refresh_token ??= before.refresh_token;
        tokens.id_token ??= before.id_token;
        return { isNew: tokens.access_token !== before.access_token, ...tokens.claims };
      },
      '/mint': (url) => library.refresh(tokens.refresh_token, Object.fromEntries(url.searchParams)),
      '/userinfo': () => library.userinfo(tokens),
      '/revoke': () => library.revoke(tokens.refresh_token),
      '/logout': () => library.logout(tokens, `${origin}/`),
      '/manage': (url) => library.manage(url.searchParams.get('path'), url.searchParams.get('audience')),
    });
  });
}
