// A real identity provider for tests: npm's oidc-provider with one client, named on the command line.
// Anybody is who they say: its own pages for development ask for a name and take any password.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port, client] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [JSON.parse(client)],
  cookies: { keys: ["only-for-tests"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("typed") }) }),
  claims: { email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
});
createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("ready"));
