import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PANEL = ".o_ops_approval_panel";
const FORM = ".o_ops_request_form";

const fill = (name, words) => ({
    content: `Fill in ${name}`,
    trigger: `${FORM} .o_field_widget[name=${name}] input, ${FORM} .o_field_widget[name=${name}] textarea`,
    run: `edit ${words} && press Tab`,
});
const question = (label, kind = "input") =>
    `${FORM} .o_property_field:has(label:contains(${label})) ${kind}`;
const press = (kind) => ({
    content: `Press ${kind}`,
    trigger: `${PANEL} button[data-decision=${kind}]:enabled`,
    run: "click",
});
const say = (words) => ({
    content: "Say it in words",
    trigger: ".o_ops_approval_decision textarea",
    run: `edit ${words}`,
});
const confirm = {
    content: "Confirm",
    trigger: ".o_ops_approval_decision .o_ops_approval_confirm:enabled",
    run: "click",
};
const submit = {
    content: "Submit",
    trigger: "button[name=action_submit_for_approval]",
    run: "click",
};
/** Nothing stands beyond the edge of the screen. */
const fits = (...selectors) => ({
    content: "Nothing is cut off",
    trigger: selectors[0],
    run: () => {
        for (const element of document.querySelectorAll(selectors.join(", "))) {
            const {left, right} = element.getBoundingClientRect();
            if (left < 0 || right > window.innerWidth) {
                throw new Error(`cut off at ${left} to ${right}: ${element.outerHTML}`);
            }
        }
    },
});

const file = [
    {
        content: "Look for what is needed",
        trigger: ".o_ops_catalogue .o_kanban_record:contains(Purchase)",
    },
    {
        content: "Choose it",
        trigger: ".o_ops_catalogue .o_kanban_record:contains(Purchase)",
        run: "click",
    },
    {
        content: "The form shows what the kind asks for, marked where it has to be given",
        trigger: `${FORM}:has(.o_field_widget[name=amount]):not(:has(.o_field_widget[name=person_id])):has(.o_property_field:contains(Maker) .o_ops_required):not(:has(.o_property_field:contains(Years) .o_ops_required)) .o_ops_document:contains(Quotation) .o_ops_required`,
    },
];
const complete = [
    fill("title", "A defibrillator"),
    fill("amount", "4200"),
    fill("description", "The old one is out of support."),
    {
        content: "Answer in a line",
        trigger: question("Maker"),
        run: "edit Acme && press Tab",
    },
    {
        content: "Answer from a list",
        trigger: question("Budget", "select"),
        run: "selectByLabel Yes",
    },
    {
        content: "Attach the quotation",
        trigger: `${FORM} .o_ops_document:contains(Quotation) input[type=file]:not(:visible)`,
        run: async ({anchor}) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["4,200 for one"], "quotation.txt"));
            anchor.files = transfer.files;
            anchor.dispatchEvent(new Event("change", {bubbles: true}));
        },
    },
    {
        content: "It is there",
        trigger: `${FORM} .o_ops_document:contains(Quotation):contains(quotation.txt)`,
    },
];

// A requester without other rights: from the catalogue to a request that waits.
tours.add("healthcare_ops_approvals.request_filed", {
    steps: () => [
        ...file,
        submit,
        {
            content: "What is missing is named together",
            trigger:
                ".modal:contains(What you ask for):contains(Reason):contains(Amount):contains(Maker):contains(Budget):contains(Quotation):not(:contains(Years)) footer button",
            run: "click",
        },
        {
            content: "Meanwhile it says who would be asked",
            trigger: `${PANEL}[data-state=none]:contains(Lea Lead)`,
        },
        ...complete,
        submit,
        {
            content: "It waits: with whom, since when, due when; and nothing can be changed",
            trigger: `${FORM}:not(:has(.o_ops_documents input[type=file])):not(:has(button[name=action_submit_for_approval])) ${PANEL}[data-state=pending]:contains(Asked: Lea Lead):contains(Asked just now):contains(Due on)`,
        },
        {
            content: "What was answered stands there",
            trigger: `${FORM} .o_ops_approval_summary:contains(Maker):contains(Acme)`,
        },
        {
            content: "The document can be opened",
            trigger: `${FORM} .o_ops_document a:contains(quotation.txt)`,
        },
    ],
});

// The same person later: somebody asked a question.
tours.add("healthcare_ops_approvals.request_followed", {
    steps: () => [
        {
            content: "My requests: one waits for an answer; open it",
            trigger:
                ".o_kanban_record:contains(Waits for your answer):contains(A defibrillator):contains(Lea Lead)",
            run: "click",
        },
        {
            content: "The question",
            trigger: `${PANEL} .o_ops_approval_questions:contains(Which model?)`,
        },
        press("answer"),
        say("Model B."),
        confirm,
        {
            content: "Nothing waits for an answer any more; look at the history",
            trigger: `${PANEL}:not(:has(.o_ops_approval_questions)):not(:has([data-decision=answer])) .o_ops_approval_history:not([open]) summary`,
            run: "click",
        },
        {
            content: "Question and answer stand there",
            trigger: `${PANEL} .o_ops_approval_history[open]:contains(Which model?):contains(Model B.)`,
        },
        press("withdraw"),
        confirm,
        {
            content: "A draft again, that says what happened, and can be changed",
            trigger: `${FORM}:has(button[name=action_submit_for_approval]) ${PANEL}[data-state=withdrawn]`,
        },
        fill("amount", "3900"),
        submit,
        {
            content: "Submitted again",
            trigger: `${PANEL}[data-state=pending]:has(.o_ops_approval_former:contains(Withdrawn))`,
        },
        {
            content: "Ask for the same again",
            trigger: "button[name=action_copy]",
            run: "click",
        },
        {
            content: "A draft with what was said, and without documents",
            trigger: `${FORM}:not(:has(.o_ops_document a)):has(.o_ops_document:contains(Quotation)) .o_field_widget[name=title] :value("A defibrillator")`,
        },
    ],
});

// Who is asked opens the request, though it is somebody else's.
tours.add("healthcare_ops_approvals.request_decided", {
    steps: () => [
        {
            content: "What was said and attached, and nothing to change it with",
            trigger: `${FORM}:not(:has(button[name=action_copy])):has(.o_ops_approval_summary:contains(Acme)) .o_ops_document a:contains(quotation.txt)`,
        },
        press("ask"),
        say("Which model?"),
        confirm,
        {
            content: "It stays with the question on it",
            trigger: `${PANEL}[data-state=pending] .o_ops_approval_questions:contains(Which model?)`,
        },
        press("approve"),
        confirm,
        {
            content: "Approved",
            trigger: `.o_form_view:has(${PANEL}[data-state=approved]) .o_statusbar_status .o_arrow_button_current:contains(Approved)`,
        },
    ],
});

tours.add("healthcare_ops_approvals.request_on_phone", {
    steps: () => [
        fits(".o_ops_catalogue .o_kanban_record"),
        ...file,
        fits(
            `${FORM} .o_field_widget`,
            `${FORM} .o_property_field`,
            `${FORM} .o_ops_document button`,
        ),
        ...complete,
        submit,
        {
            content: "It waits",
            trigger: `${PANEL}[data-state=pending]:contains(Asked: Lea Lead)`,
        },
        fits(PANEL, `${PANEL} button`, `${FORM} .o_ops_document a`),
        press("withdraw"),
        confirm,
        {content: "Taken back", trigger: `${PANEL}[data-state=withdrawn]`},
    ],
});

// An administrator: a kind that nobody approves gets a row in a draft.
tours.add("healthcare_ops_approvals.request_kind", {
    steps: () => [
        {
            content: "The kind says that nobody approves it, and offers to change that",
            trigger:
                ".o_form_view:has(.alert-warning:contains(No policy about requests is in force)) button[name=action_draft_row]",
            run: "click",
        },
        {
            content: "The draft of the policy, with a row about it",
            trigger:
                ".o_form_view .o_field_widget[name=row_ids] .o_data_row:contains(only Purchase)",
        },
    ],
});

/** Odoo saves a form when its tab of the browser is hidden or closed. */
const hideTab = {
    content: "Look at another tab of the browser",
    trigger: FORM,
    run: () => {
        Object.defineProperty(document, "visibilityState", {
            value: "hidden",
            configurable: true,
        });
        document.dispatchEvent(new Event("visibilitychange"));
        delete document.visibilityState;
    },
};

tours.add("healthcare_ops_approvals.request_looked_at", {
    steps: () => [
        ...file.slice(0, 2),
        hideTab,
        {
            content: "Leave the page",
            trigger: FORM,
            run: () => window.location.assign("/odoo/ask"),
            expectUnloadPage: true,
        },
        {content: "The catalogue", trigger: ".o_ops_catalogue .o_kanban_record"},
    ],
});

tours.add("healthcare_ops_approvals.request_begun", {
    steps: () => [
        ...file.slice(0, 2),
        fill("title", "A defibrillator"),
        hideTab,
        {content: "A draft is kept", trigger: `${FORM}:contains(REQ/)`},
    ],
});
