import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const ROW = ".o_ops_work_row";

// See test_my_work.py.
tours.add("healthcare_ops_automation.my_work", {
    steps: () => [
        {
            content: "What is overdue stands first, with its severity in words",
            trigger: `.o_ops_work_group[data-group=overdue] ${ROW}:contains(Critical):contains(Harbour Clinic)`,
        },
        {
            content: "What comes later, too",
            trigger: `.o_ops_work_group[data-group=later] ${ROW}:contains(Call the ward)`,
        },
        {
            content: "The arrow key goes to the next row",
            trigger: `.o_ops_work_group[data-group=overdue] .o_ops_work_title`,
            run() {
                this.anchor.focus();
                this.anchor.dispatchEvent(
                    new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true}),
                );
                if (!document.activeElement.textContent.includes("Call the ward")) {
                    throw new Error(`focus is on ${document.activeElement.textContent}`);
                }
            },
        },
        {
            content: "Only activities",
            trigger: ".o_ops_work_filters button[data-kind=activity]:contains(1)",
            run: "click",
        },
        {
            content: "The exception is not shown",
            trigger: `.o_ops_work:not(:has(${ROW}[data-kind=exception])) ${ROW}[data-kind=activity]`,
        },
        {
            content: "Open what it is about",
            trigger: `${ROW}[data-kind=activity] .o_ops_work_title`,
            run: "click",
        },
        {
            content: "It is the exception at the other site; back",
            trigger: ".o_form_view:contains(Hill Clinic)",
        },
        {
            content: "Back to the page",
            trigger: ".breadcrumb-item a:contains(My work), .o_back_button a:contains(My work)",
            run: "click",
        },
        {
            content: "The filter is as it was; mark the activity done",
            trigger: `.o_ops_work:not(:has(${ROW}[data-kind=exception])) ${ROW}[data-kind=activity] .o_ops_work_act:contains(Mark done)`,
            run: "click",
        },
        {
            content: "It is gone, and with it the filter; take the exception",
            trigger: `.o_ops_work:not(:has(${ROW}[data-kind=activity])) ${ROW}[data-kind=exception] .o_ops_work_act:contains(Take)`,
            run: "click",
        },
        {
            content: "It is in work now",
            trigger: `${ROW}[data-kind=exception]:contains(In work) .o_ops_work_act:contains(Go on)`,
        },
    ],
});

tours.add("healthcare_ops_automation.my_work_on_a_phone", {
    steps: () => [
        {
            content: "A long title and its button fit the width of a phone",
            trigger: `${ROW}[data-kind=exception] .o_ops_work_act:contains(Take)`,
            run() {
                const page = document.querySelector(".o_ops_work");
                for (const part of [page, ...page.querySelectorAll("*")]) {
                    const {left, right} = part.getBoundingClientRect();
                    const hidden = part.closest(".visually-hidden");
                    if (!hidden && (left < 0 || right > window.innerWidth + 1)) {
                        throw new Error(`${part.className} ends at ${right}`);
                    }
                }
                const {height} = document.querySelector(".o_ops_work_act").getBoundingClientRect();
                if (height < 40) {
                    throw new Error(`the button is ${height} high`);
                }
            },
        },
        {
            content: "Take it",
            trigger: `${ROW}[data-kind=exception] .o_ops_work_act:contains(Take)`,
            run: "click",
        },
        {
            content: "It is in work now",
            trigger: `${ROW}[data-kind=exception]:contains(In work)`,
        },
    ],
});

tours.add("healthcare_ops_automation.my_work_empty", {
    steps: () => [
        {
            content: "All is done",
            trigger: ".o_ops_work_empty:contains(All done)",
        },
        {
            content: "Look around",
            trigger: ".o_ops_work_empty button:contains(Runbooks)",
            run: "click",
        },
        {
            content: "There they are",
            trigger: ".o_list_view .o_data_row:contains(Call the suppliers)",
        },
    ],
});

tours.add("healthcare_ops_automation.my_work_too_late", {
    steps: () => [
        {
            content: "Take what somebody else takes at the same moment",
            trigger: `${ROW}[data-kind=exception] .o_ops_work_act:contains(Take)`,
            run: "click",
        },
        {
            content: "It is said",
            trigger:
                ".modal:contains(quicker) button.btn-primary, .modal:contains(quicker) .btn-close",
            run: "click",
        },
        {
            content: "And the list is the present one",
            trigger: ".o_ops_work_empty",
        },
    ],
});

tours.add("healthcare_ops_automation.my_work_unanswered", {
    steps: () => [
        {
            content: "A server that fails is not an empty list",
            trigger:
                ".o_ops_work:not(:has(.o_ops_work_empty)) .o_ops_work_problem:contains(did not answer)",
        },
        {
            content: "Try again",
            trigger: ".o_ops_work_refresh:enabled",
            run: "click",
        },
        {
            content: "The answer takes the place of the problem",
            trigger: ".o_ops_work:not(:has(.o_ops_work_problem)) .o_ops_work_empty",
        },
    ],
});

tours.add("healthcare_ops_automation.work_by_hand", {
    steps: () => [
        {
            content: "From now on by hand",
            trigger: "button[name=action_start_fallback]",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The platform is down",
        },
        {
            content: "Begin",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It says since when and why; bring the list up to date",
            trigger: ".o_form_view .alert:contains(fallback active since):contains(is down)",
        },
        {
            content: "What is held",
            trigger: "button[name=action_refresh]",
            run: "click",
        },
        {
            content: "Enter what was done on paper",
            trigger: "body:has(.o_stat_value:contains(1 of 1)) button[name=action_add_entry]",
            run: "click",
        },
        {
            content: "What it was",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Telephoned the depot",
        },
        {
            content: "Keep it",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Both are on the list; open it",
            trigger:
                "body:not(:has(.modal)) .oe_stat_button[name=action_open_items]:contains(2 of 2)",
            run: "click",
        },
        {
            content: "The event that was held was telephoned",
            trigger: ".o_list_view .o_data_row:contains(Held event) button[name=action_done]",
            run: "click",
        },
        {
            content: "What is on paper has been entered",
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains(Held event))) .o_data_row:contains(Telephoned) button[name=action_done]",
            run: "click",
        },
        {
            content: "Nothing is left; back",
            trigger: ".o_list_view:not(:has(.o_data_row))",
        },
        {
            content: "To the fallback",
            trigger: ".o_back_button a, .breadcrumb-item a:contains(fallback)",
            run: "click",
        },
        {
            content: "End it",
            trigger: ".o_form_view button[name=action_end]",
            run: "click",
        },
        {
            content: "One was settled by hand",
            trigger: ".modal:contains(settled) .o_field_widget[name=reason] input",
            run: "edit It answers again",
        },
        {
            content: "End it",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is closed, because nothing is left to do",
            trigger: ".o_form_view .o_arrow_button_current:contains(Closed)",
        },
    ],
});
