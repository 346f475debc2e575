/** A read, a change, the same change again, a list over its pages and a refusal, at the bank's gateway. */
import {
  done,
  every,
  ledgerClient,
  Problem,
  token,
  wait,
  type Schemas,
} from "../../../../gateway/clients/typescript/src/index.js";

declare const process: { env: Record<string, string | undefined> };

const url = process.env["GATEWAY"] ?? "";
const losses = Number(process.env["LOSSES"] ?? "0");
let lost = 0;
const client = ledgerClient(url, token(process.env["TOKEN"] ?? ""), {
  language: "zh",
  patience: { milliseconds: 20_000 },
  fetch: async (request) => {
    const response = await fetch(request);
    if (request.method === "POST" && lost < losses) {
      lost += 1;
      throw new TypeError("the answer was lost");
    }
    return response;
  },
});

const { business_date } = await done(client.GET("/v1/business-date"));
const body: Schemas["PartyRequest"] = {
  reference: "from-typescript",
  address: "0x" + "5a".repeat(20),
  kind: "PERSON",
  identity: { name: "Type Script", document_type: "CN-ID", document_number: "110101199001010001", country: "CN" },
  account: { number: "6222020200112233", name: "Type Script" },
};
const accepted = await done(client.POST("/v1/parties", { body, params: { header: wait(60) } }));
const parties: string[] = [];
for await (const party of every<Schemas["Party"]>((cursor) =>
  client.GET("/v1/parties", { params: { query: { cursor, limit: 1 } } }),
)) {
  if (party.reference != null) parties.push(party.reference);
}
let refusal: Problem | null = null;
try {
  await done(client.GET("/v1/loans/{loan_id}", { params: { path: { loan_id: "0x" + "00".repeat(32) } } }));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  refusal = error;
}
console.log(
  JSON.stringify({
    business_date,
    resource: accepted.resource.type,
    statuses: accepted.transactions.map((transaction) => transaction.status),
    lost,
    parties,
    refusal: refusal?.code,
    detail: refusal?.message,
  }),
);
