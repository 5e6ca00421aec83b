import {pick} from "@web/core/utils/objects";

/** What of a dashboard stands in the page's address. */
export const FILTERS = ["period", "company", "site", "process"];
const KEYS = ["dashboard", ...FILTERS];

/**
 * Read the address: of a page that is come back to, of the address bar, or of a menu.
 *
 * @param {Object} props of the client action; a page opened by its address finds it in the
 *     action's parameters
 */
export function readAddress(props) {
    const given = props.state?.address || props.action.params || {};
    const found = Object.entries(pick(given, ...KEYS)).filter(([, value]) => value);
    return Object.fromEntries(found);
}

/** The filters of an address, as the server takes them. */
export function filtersOf(address) {
    return pick(address, ...FILTERS.filter((key) => address[key]));
}

/** The filters of an address that a dashboard does not offer: nobody would see that they hold. */
export function foreignFilters(address, dashboard) {
    const offered = ["company", ...dashboard.filters];
    return Object.keys(filtersOf(address)).filter((key) => !offered.includes(key));
}

/**
 * Write the address. What is at its default does not stand in it; a relative period stays
 * relative. Each change is a step of the browser's history.
 */
export function writeAddress(props, address) {
    const values = Object.fromEntries(KEYS.map((key) => [key, address[key] || undefined]));
    props.updateActionState?.(values);
}
