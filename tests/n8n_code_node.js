/**
 * Runs the code of an n8n Code node ("Run Once for All Items") as n8n's task runner does: as the
 * body of an async function in a context of its own, with `$input` and `helpers`, and with no
 * module but those that NODE_FUNCTION_ALLOW_BUILTIN names.
 *
 * stdin: {code, allowed: [module], items: [{headers, body (base64)}]}
 * stdout: {items} with what the code returned, or {error} with the message it threw
 */
const fs = require("fs");
const vm = require("vm");

const task = JSON.parse(fs.readFileSync(0, "utf8"));

// What the Webhook node hands on with the option "Raw Body".
const items = task.items.map(({headers, body}) => ({
    json: {headers, params: {}, query: {}, body: {}, executionMode: "production"},
    binary: {data: {data: body, mimeType: headers["content-type"]}},
}));

const sandbox = {
    Buffer,
    $input: {all: () => items},
    helpers: {
        getBinaryDataBuffer: async (index, name) =>
            Buffer.from(items[index].binary[name].data, "base64"),
    },
    require: (name) => {
        if (!task.allowed.includes(name)) {
            throw new Error(`Module '${name}' is disallowed`);
        }
        return require(name);
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
