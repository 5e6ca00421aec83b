import {useExternalListener} from "@odoo/owl";

/** In here letters are typed or choose something: no key of the page may mean anything else. */
const TYPING = "input, textarea, select, [contenteditable=true], .modal, .o_popover";

/**
 * The keys of the dashboards. Odoo's hotkeys know neither "/" nor "?".
 *
 * @param {Object} handlers function by key
 */
export function useDashboardKeys(handlers) {
    useExternalListener(window, "keydown", (event) => {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
        const handler = handlers[event.key.toLowerCase()];
        if (!plain || !handler || event.target.closest?.(TYPING)) {
            return;
        }
        event.preventDefault();
        handler();
    });
}
