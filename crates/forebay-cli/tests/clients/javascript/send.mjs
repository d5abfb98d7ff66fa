// Sends one event of each kind in each mode, made by the official SDK, to the URL that is given.
// Ids are MODE-KIND. Ends with an error unless every answer is 202. Dependencies are where the
// second argument says.
import { createRequire } from "node:module";

const [url, installed] = process.argv.slice(2);
const { CloudEvent, HTTP } = createRequire(`${installed}/`)("cloudevents");

const kinds = {
  json: ["application/json", { total: 12.5, items: ["a", "\u00e9"] }],
  text: ["text/plain", 'two\nlines, "quoted"'],
  bytes: ["application/octet-stream", new Uint8Array([0xff, 0x00, 0xfe])],
  none: [undefined, undefined],
};

const event = (mode, kind) => {
  const [datacontenttype, data] = kinds[kind];
  return new CloudEvent({
    id: `${mode}-${kind}`,
    source: "/clients/javascript",
    type: "com.example.test",
    time: "2030-01-31T12:00:00.000Z",
    subject: "cafe",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...(datacontenttype && { datacontenttype, data }),
  });
};

const post = async (headers, body) => {
  const answer = await fetch(url, { method: "POST", headers, body });
  if (answer.status !== 202) {
    throw new Error(`${answer.status} for ${JSON.stringify(headers)}: ${await answer.text()}`);
  }
};

for (const kind of Object.keys(kinds)) {
  const binary = HTTP.binary(event("binary", kind));
  await post(binary.headers, binary.body);
  const structured = HTTP.structured(event("structured", kind));
  await post(structured.headers, structured.body);
}
const batch = Object.keys(kinds).map((kind) => HTTP.structured(event("batch", kind)).body);
await post({ "content-type": "application/cloudevents-batch+json" }, `[${batch.join(",")}]`);
