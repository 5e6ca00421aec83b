/**
 * Runs the code of an n8n Code node ("Run Once for All Items") as n8n's task runner does: as the
 * body of an async function in a context of its own, with `$input` and `helpers`, and with no
 * module at all.
 *
 * stdin: {code, item: {json, binary (base64 or null)}}
 * stdout: {items} with what the code returned, or {error} with the message it threw
 */
const fs = require("fs");
const vm = require("vm");

const task = JSON.parse(fs.readFileSync(0, "utf8"));

// What the Webhook node hands on with the option "Raw Body", or what another node has made of it.
const item = {json: task.item.json};
if (task.item.binary !== null) {
    item.binary = {data: {data: task.item.binary, mimeType: "application/cloudevents+json"}};
}

const sandbox = {
    Buffer,
    $input: {all: () => [item], first: () => item},
    helpers: {
        getBinaryDataBuffer: async (_index, name) => Buffer.from(item.binary[name].data, "base64"),
    },
    require: (name) => {
        throw new Error(`Module '${name}' is disallowed`);
    },
    module: {},
};

async function main() {
    const wrapped = `module.exports = async function VmCodeWrapper() {${task.code}\n}()`;
    try {
        return {items: await vm.runInContext(wrapped, vm.createContext(sandbox))};
    } catch (error) {
        return {error: error.message};
    }
}

main().then((result) => process.stdout.write(JSON.stringify(result)));
