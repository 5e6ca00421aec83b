import {useExternalListener} from "@odoo/owl";

import {useHotkey} from "@web/core/hotkeys/hotkey_hook";

import {KEYS} from "./my_approvals_words";

const STEPS = {j: 1, arrowdown: 1, k: -1, arrowup: -1};
/** In here letters are typed or choose something: no key of the page may mean a decision. */
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable=true]";

/**
 * The keys of My approvals. Each handler is called when its key is pressed where nothing is typed.
 *
 * @param {Object} handlers `step(by)`, `decide(kind)`, `select()` and `help()`
 */
export function useDecisionKeys({step, decide, select, help}) {
    const isAvailable = (target) => !target?.closest?.(TYPING);
    for (const [key, by] of Object.entries(STEPS)) {
        useHotkey(key, () => step(by), {isAvailable, allowRepeat: true});
    }
    for (const [kind, key] of Object.entries(KEYS)) {
        useHotkey(key, () => decide(kind), {isAvailable});
    }
    useHotkey("x", () => select(), {isAvailable});
    // Odoo's hotkeys know no question mark.
    useExternalListener(window, "keydown", (event) => {
        if (event.key === "?" && isAvailable(event.target)) {
            help();
        }
    });
}
