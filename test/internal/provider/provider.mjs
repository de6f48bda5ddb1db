// Runs two authorization servers on free loopback ports until standard input
// ends. The second one, the stranger, has the keys of the first, so that only
// the issuer tells their tokens apart. Arguments: the path of oidc-provider, and
// the secret of the service that asks about opaque tokens.
//
// Whoever comes to sign in is Alice, and consents to everything, or to nothing if
// the browser says so in the header demo-consent. A client's id says what its
// tokens are like.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";

const [path, serviceSecret] = process.argv.slice(1);
const { default: Provider } = await import(path);

const minute = 60;
const kinds = {
  rs256: { alg: "RS256" },
  es256: { alg: "ES256" },
  eddsa: { alg: "EdDSA" },
  ending: { alg: "RS256", ended: 26 },
  expired: { alg: "RS256", ended: 60 * minute },
  opaque: { format: "opaque" },
};

const client = (id, secret) => ({
  client_id: id,
  client_secret: secret,
  token_endpoint_auth_method: "client_secret_basic",
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
});

const key = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid, alg, use: "sig",
});
const jwks = {
  keys: [
    key("one", "RS256", "rsa", { modulusLength: 2048 }),
    key("two", "ES256", "ec", { namedCurve: "P-256" }),
    key("three", "EdDSA", "ed25519"),
  ],
};

const configuration = {
  jwks,
  clients: [
    ...Object.keys(kinds).map((id) => client(id, `${id}-secret`)),
    client("service", serviceSecret),
  ],
  scopes: ["openid", "offline_access", "demo:read", "demo:write"],
  cookies: { keys: ["not a secret: these sessions end with the test"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  formats: {
    customizers: {
      jwt(_, token, { payload }) {
        const { ended } = kinds[token.clientId] ?? {};
        if (ended) payload.exp = payload.iat - ended;
      },
    },
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    // What a client asks for first must not be all that it may ever have.
    registration: { enabled: true, idFactory: ({ oidc }) => (delete oidc.body.scope, randomUUID()) },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_, resource, { clientId }) {
        const kind = kinds[clientId] ?? kinds.rs256;
        return {
          audience: resource,
          scope: "demo:read demo:write",
          accessTokenFormat: kind.format ?? "jwt",
          accessTokenTTL: 10 * minute,
          ...(kind.alg && { jwt: { sign: { alg: kind.alg } } }),
        };
      },
    },
  },
};

// decide answers both questions of an interaction: who this is, and whether
// they agree.
async function decide(provider, req, res) {
  if (req.headers["demo-consent"] === "denied") {
    return provider.interactionFinished(req, res, { error: "access_denied", error_description: "Alice does not agree" });
  }
  const { params, grantId } = await provider.interactionDetails(req, res);
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: "alice", clientId: params.client_id });
  const scope = params.scope ?? "";
  grant.addOIDCScope(scope);
  for (const resource of [params.resource ?? []].flat()) grant.addResourceScope(resource, scope);
  await provider.interactionFinished(req, res, { login: { accountId: "alice" }, consent: { grantId: await grant.save() } });
}

async function serve() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on("server_error", (_, err) => console.error(err));
  const answer = provider.callback();
  server.on("request", (req, res) => {
    if (!req.url.startsWith("/interaction/")) return answer(req, res);
    decide(provider, req, res).catch((err) => {
      console.error(err);
      res.writeHead(500).end(String(err));
    });
  });
  return issuer;
}

const [issuer, stranger] = [await serve(), await serve()];
console.error(JSON.stringify({ msg: "serving", issuer, stranger }));
process.stdin.on("end", () => process.exit(0)).resume();
