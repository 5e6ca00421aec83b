// n8n, Code node, "Run Once for All Items", JavaScript; after a Webhook node with the option
// "Raw Body". Gives one item for each verified event, and fails when one cannot be trusted.
const crypto = require("crypto"); // NODE_FUNCTION_ALLOW_BUILTIN=crypto

// The signing secret of the endpoint in Odoo; several while one is replaced.
const SECRETS = ["whsec_PASTE_THE_SIGNING_SECRET"];
const TOLERANCE_SECONDS = 300;

const verify = (headers, body) => {
    const id = headers["webhook-id"] || "";
    const timestamp = headers["webhook-timestamp"] || "";
    const signatures = (headers["webhook-signature"] || "").split(" ").filter(Boolean);
    if (!(id && timestamp && signatures.length)) {
        throw new Error("a webhook header is missing");
    }
    if (!/^\d+$/.test(timestamp)) {
        throw new Error("the timestamp is no number");
    }
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
        throw new Error("the timestamp is more than five minutes off");
    }
    const matches = SECRETS.some((secret) => {
        const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
        const mac = crypto.createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body);
        const wanted = Buffer.from(`v1,${mac.digest("base64")}`);
        // Several signatures while a secret is replaced: one that matches is enough.
        return signatures.some((signature) => {
            const given = Buffer.from(signature);
            return given.length === wanted.length && crypto.timingSafeEqual(given, wanted);
        });
    });
    if (!matches) {
        throw new Error("no signature matches");
    }
    return id;
};

const verified = [];
for (const [index, item] of $input.all().entries()) {
    // The bytes as they came: the signature is over these, not over parsed JSON.
    const body = await this.helpers.getBinaryDataBuffer(index, "data");
    const webhookId = verify(item.json.headers, body);
    const event = JSON.parse(body.toString("utf8"));
    verified.push({json: {webhookId, event}, pairedItem: index});
}
return verified;
