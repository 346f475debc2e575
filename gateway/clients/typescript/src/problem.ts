/** Refusals: the gateway's problem document as an error. Act on `code`, show `message`. */
import type { components } from "./schema.js";

export type ProblemDocument = components["schemas"]["Problem"];

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(readonly document: ProblemDocument) {
    super(document.detail);
  }

  /** Stable; GET /v1/errors lists all. */
  get code(): string {
    return this.document.code;
  }

  get status(): number {
    return this.document.status;
  }

  /** Of what openapi-fetch gives as error, also if something between client and gateway answered in its place. */
  static of(error: unknown, response: Response): Problem {
    if (typeof error === "object" && error !== null && "code" in error && "detail" in error) {
      return new Problem(error as ProblemDocument);
    }
    const detail = typeof error === "string" && error !== "" ? error.slice(0, 500) : response.statusText;
    return new Problem({
      type: "about:blank",
      title: response.statusText,
      detail,
      status: response.status,
      code: `http.${response.status}`,
      params: {},
      instance: new URL(response.url || "http://unknown/").pathname,
      errors: null,
      transactions: null,
    });
  }
}
