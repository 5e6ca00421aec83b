import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PAGE = ".o_ops_dash_page";
const TRIAL = `${PAGE}[data-dashboard=t_trial]`;
const BACK = ".breadcrumb-item a:contains(Trial), .o_back_button a:contains(Trial)";

function expectAddress(...parts) {
    const {pathname, search} = window.location;
    for (const part of parts) {
        if (!`${pathname}${search}`.includes(part)) {
            throw new Error(`${pathname}${search} lacks ${part}`);
        }
    }
}

expectAddress.without = (...parts) => {
    for (const part of parts) {
        if (window.location.search.includes(part)) {
            throw new Error(`${window.location.search} has ${part}`);
        }
    }
};

// See test_dashboard_browser.py: six cases are closed, three are open.
tours.add("healthcare_ops_monitoring.dashboard", {
    steps: () => [
        {
            content: "Open the menu",
            trigger: "[data-menu-xmlid='healthcare_ops_automation.menu_ops_monitoring']",
            run: "click",
        },
        {
            content: "Open the first dashboard",
            trigger: "[data-menu-xmlid='healthcare_ops_monitoring.menu_dashboard_control_tower']",
            run: "click",
        },
        {
            content: "It says what it is about, and as of when; go to another",
            trigger: `.o_ops_dashboard:has(${PAGE}[data-dashboard=control_tower]):has(.o_ops_dash_asof:contains(Europe/Berlin)) .o_ops_dash_tab[data-dashboard=t_trial]`,
            run: "click",
        },
        {
            content: "Figures come with what they stand on",
            trigger: `${TRIAL} .o_ops_tile[data-tile=median][data-status=ok]:contains(n = 6)`,
        },
        {
            content:
                "Times of a chart stand below their bars, and the pointer is told whose they are",
            trigger: `${TRIAL} .o_ops_tile[data-tile=trend] .o_ops_chart`,
            run() {
                const columns = [...this.anchor.querySelectorAll(".o_ops_column")];
                const labels = [...this.anchor.querySelectorAll(".o_ops_chart_labels span")];
                const [bar, text] = [columns[0], labels[0]].map((each) =>
                    each.getBoundingClientRect(),
                );
                const tip = this.anchor.querySelector(".o_ops_chart_tip").textContent;
                if (Math.abs(bar.left - text.left) > 2 || !tip.includes("Median")) {
                    throw new Error(`bar at ${bar.left}, its time at ${text.left}: ${tip}`);
                }
            },
        },
        {
            content: "What is not installed says so",
            trigger: `${TRIAL} .o_ops_state[data-kpi=t_no_such_kpi]:contains(Not installed)`,
        },
        {
            content: "Another period",
            trigger: ".o_ops_dash_period[data-period='7d']",
            run: "click",
        },
        {
            content: "It stands in the address",
            trigger: `.o_ops_dashboard:has(${TRIAL}) .o_ops_dash_period[data-period='7d'].active`,
            run: () => expectAddress("ops-dashboard", "dashboard=t_trial", "period=7d"),
        },
        {
            content: "Open the cases behind a figure",
            trigger: `${TRIAL} .o_ops_tile[data-tile=open][data-n='3'][aria-busy=false] .o_ops_figure`,
            run: "click",
        },
        {
            content: "The list holds exactly that many; go back as the browser does",
            trigger: ".o_list_view .o_data_row:nth-child(3):not(:has(~ .o_data_row))",
            run: () => window.history.back(),
        },
        {
            content: "The filter is as it was",
            trigger: `.o_ops_dashboard:has(${TRIAL}) .o_ops_dash_period[data-period='7d'].active`,
            run: () => expectAddress("dashboard=t_trial", "period=7d"),
        },
        {
            content: "By the keyboard: open the hits of a share",
            trigger: `${TRIAL} .o_ops_tile[data-tile=share][aria-busy=false] .o_ops_hits`,
            run(helpers) {
                helpers.anchor.focus();
                return helpers.press("Enter");
            },
        },
        {
            content: "Those, and no others",
            trigger: ".o_list_view .o_data_row:nth-child(5):not(:has(~ .o_data_row))",
        },
        {
            content: "Back by the breadcrumb",
            trigger: BACK,
            run: "click",
        },
        {
            content: "The filter is still as it was; ask what the keys do",
            trigger: `.o_ops_dashboard:has(${TRIAL}) .o_ops_dash_period[data-period='7d'].active`,
            run: "press ?",
        },
        {
            content: "They are told; go to the filters",
            trigger: ".o_ops_dash_help:contains(Enter)",
            run: "press /",
        },
        {
            content: "The first filter has the focus",
            trigger: ".o_ops_dash_filters",
            run() {
                if (!document.activeElement.closest(".o_ops_dash_filters")) {
                    throw new Error(`focus is on ${document.activeElement.outerHTML}`);
                }
                document.activeElement.blur();
            },
        },
        {
            content: "What a figure is",
            trigger: `${TRIAL} .o_ops_tile[data-tile=median] .o_ops_tile_info`,
            run: "click",
        },
        {
            content: "In words",
            trigger: ".o_popover .o_ops_dash_definition:contains(In words)",
        },
        {
            content: "A chart can be read as a table",
            trigger: `${TRIAL} .o_ops_tile[data-tile=trend] .o_ops_chart_switch`,
            run: "click",
        },
        {
            content: "With what each figure stands on",
            trigger: `${TRIAL} .o_ops_tile[data-tile=trend] table tbody tr`,
        },
        {
            content: "Go back to the dashboard's own period",
            trigger: ".o_ops_dash_clear",
            run: "click",
        },
        {
            content: "The address says no more than it must",
            trigger: `.o_ops_dashboard:has(${TRIAL}) .o_ops_dash_period[data-period='30d'].active`,
            run() {
                if (window.location.search.includes("period")) {
                    throw new Error(window.location.search);
                }
            },
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_deep", {
    steps: () => [
        {
            content: "An address opens what it names, for its place and time",
            trigger: `.o_ops_dashboard:has(${TRIAL} .o_ops_tile[data-tile=median][data-status=ok]:contains(n = 4)) .o_ops_dash_period[data-period=all].active`,
            run: () => expectAddress("period=all", "site="),
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_foreign", {
    steps: () => [
        {
            content: "A filter that the dashboard does not offer leaves the address",
            trigger: `${PAGE}[data-dashboard=control_tower]`,
            run: () => expectAddress.without("period=", "process="),
        },
        {
            content: "Go where it is offered",
            trigger: ".o_ops_dash_tab[data-dashboard=processes]",
            run: "click",
        },
        {
            content: "Choose a period",
            trigger: `.o_ops_dashboard:has(${PAGE}[data-dashboard=processes]) .o_ops_dash_period[data-period='7d']`,
            run: "click",
        },
        {
            content: "Go back with it",
            trigger: `.o_ops_dashboard:has(.o_ops_dash_period[data-period='7d'].active) .o_ops_dash_tab[data-dashboard=control_tower]`,
            run: "click",
        },
        {
            content: "It is not taken along",
            trigger: `.o_ops_dashboard:has(${PAGE}[data-dashboard=control_tower]):not(:has(.o_ops_dash_clear))`,
            run: () => expectAddress.without("period=", "process="),
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_few", {
    steps: () => [
        {
            content: "Of the state of now, only another place gives a figure",
            trigger: `${TRIAL} .o_ops_tile[data-tile=now]:contains(More sites give)`,
        },
        {
            content: "Of a period, a longer one, too",
            trigger: `${TRIAL} .o_ops_tile[data-tile=closed]:contains(A longer period or more sites)`,
        },
        {
            content: "Everywhere",
            trigger: ".o_ops_dash_clear",
            run: "click",
        },
        {
            content: "No more sites are promised",
            trigger: `${TRIAL} .o_ops_tile[data-tile=closed]:contains(A longer period gives)`,
        },
        {
            content: "And nothing at all for now",
            trigger: `${TRIAL} .o_ops_tile[data-tile=now]:contains(More records give)`,
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_lost", {
    steps: () => [
        {
            content: "An address that leads nowhere says why",
            trigger: ".o_ops_dash_problem:contains(fortnight)",
        },
        {
            content: "And how to go on",
            trigger: ".o_ops_dash_reset",
            run: "click",
        },
        {
            content: "It is the same dashboard, without filters",
            trigger: `.o_ops_dashboard:not(:has(.o_ops_dash_clear)) ${PAGE}[data-dashboard=processes]`,
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_refused", {
    steps: () => [
        {
            content: "It says to whom they are shown, and nothing else",
            trigger: `.o_ops_dashboard:not(:has(${PAGE})) .o_ops_dash_problem:contains(managers, administrators and auditors):not(:has(.o_ops_dash_reset))`,
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_unknown", {
    steps: () => [
        {
            content: "There is none, with or without filters",
            trigger: ".o_ops_dash_problem:contains(no_such):not(:has(.o_ops_dash_reset))",
        },
    ],
});

tours.add("healthcare_ops_monitoring.dashboard_broken_tile", {
    steps: () => [
        {
            content: "A tile that fails says so",
            trigger: `${TRIAL} .o_ops_tile[data-tile=bad][data-status=error]:contains(Could not be worked out)`,
        },
        {
            content: "The others are there",
            trigger: `${TRIAL} .o_ops_tile[data-tile=open][data-status=ok]`,
        },
        {
            content: "Try again",
            trigger: `${TRIAL} .o_ops_tile[data-tile=bad] .o_ops_tile_retry`,
            run: "click",
        },
        {
            content: "The figure is there",
            trigger: `${TRIAL} .o_ops_tile[data-tile=bad][data-status=ok] .o_ops_figure`,
        },
    ],
});
