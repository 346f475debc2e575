/**
 * Typed client of a loan-ledger gateway, over fetch: browsers and Node 20 or newer.
 *
 * `ledgerClient` gives an openapi-fetch client of every route. Changes carry an idempotency key by default; a request
 * without an answer, or one that is told "not now", is repeated with the same key. `done` gives an answer's data or
 * throws the gateway's refusal as `Problem`. Amounts are decimal strings: never turn them into numbers.
 */
import createClient, { type Client, type Middleware } from "openapi-fetch";
import { patientFetch, type Patience } from "./patience.js";
import { bearer, type Credentials } from "./credentials.js";
import { Problem } from "./problem.js";
import type { components, paths } from "./schema.js";

export { clientCredentials, token, type Credentials } from "./credentials.js";
export { GatewayGone, type Patience } from "./patience.js";
export { Problem } from "./problem.js";
export { verifiedWebhook, WebhookRefused } from "./webhooks.js";
export type { components, paths } from "./schema.js";
export type Schemas = components["schemas"];

/** Headers are the client's own: none has to be given. */
type WithoutHeaders<Q> = Omit<Q, "header"> & { header?: Q extends { header?: infer H } ? Partial<NonNullable<H>> : never };
type Relaxed<T> = {
  [Path in keyof T]: {
    [Method in keyof T[Path]]: T[Path][Method] extends { parameters: infer Q }
      ? Omit<T[Path][Method], "parameters"> & { parameters: WithoutHeaders<Q> }
      : T[Path][Method];
  };
};
export type LedgerPaths = Relaxed<paths>;
export type LedgerClient = Client<LedgerPaths>;

export interface Options {
  /** Language of refusals. */
  language?: "en" | "zh";
  /** How long requests are repeated. */
  patience?: Partial<Patience>;
  /** In place of the platform's own. */
  fetch?: (request: Request) => Promise<Response>;
}

/** A client of the gateway at `url`. */
export function ledgerClient(url: string, credentials: Credentials, options: Options = {}): LedgerClient {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const patient = patientFetch(send, options.patience);
  const signed = bearer(url, credentials, patient);
  const client = createClient<LedgerPaths>({ baseUrl: url.replace(/\/+$/, ""), fetch: signed });
  client.use(headers(options.language ?? "en"));
  return client;
}

/** Header of a change that waits until it is final, `seconds` at most. */
export function wait(seconds: number): { Prefer: string } {
  return { Prefer: `wait=${seconds}` };
}

/** The answer's data; throws `Problem` for a refusal. */
export async function done<D>(
  answer: Promise<{ data?: D; error?: unknown; response: Response }>,
): Promise<NonNullable<D>> {
  const { data, error, response } = await answer;
  if (!response.ok || data === undefined || data === null) throw Problem.of(error, response);
  return data;
}

/** The items of all pages: `every((cursor) => client.GET("/v1/loans", { params: { query: { cursor } } }))`. */
export async function* every<T>(
  page: (cursor: string | null) => Promise<{
    data?: { items: T[]; next_cursor: string | null };
    error?: unknown;
    response: Response;
  }>,
): AsyncGenerator<T> {
  let cursor: string | null = null;
  do {
    const found: { items: T[]; next_cursor: string | null } = await done(page(cursor));
    yield* found.items;
    cursor = found.next_cursor;
  } while (cursor !== null);
}

function headers(language: string): Middleware {
  return {
    onRequest({ request, schemaPath }) {
      request.headers.set("Accept-Language", language);
      const changes = !["GET", "HEAD"].includes(request.method) && !schemaPath.endsWith(":prepare");
      if (changes && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
      return request;
    },
  };
}
