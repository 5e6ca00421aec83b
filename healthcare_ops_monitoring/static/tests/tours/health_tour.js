import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// The test numbers the answers of the first check, see test_health_page.py.
tours.add("healthcare_ops_monitoring.health", {
    steps: () => [
        {
            content: "The dead letter is told in words and needs attention",
            trigger:
                ".o_ops_health_check[data-name=dead_deliveries][data-status=degraded]:contains(Deliveries given up: 1)",
        },
        {
            content: "What needs somebody stands before what is healthy",
            trigger:
                ".o_ops_health_check[data-status=degraded] ~ .o_ops_health_check[data-name=database]:contains(Answer 1)",
        },
        {
            content: "Ask again",
            trigger: ".o_ops_health_refresh:enabled",
            run: "click",
        },
        {
            content: "It is a new answer",
            trigger: ".o_ops_health_check[data-name=database]:contains(Answer 2)",
        },
        {
            content: "The number opens its list",
            trigger: ".o_ops_health_check[data-name=dead_deliveries] button",
            run: "click",
        },
        {
            content: "The list holds exactly that many",
            trigger: ".o_list_view .o_data_row:not(:has(~ .o_data_row))",
        },
        {
            content: "Back to the page",
            trigger: ".breadcrumb-item a:contains(Health), .o_back_button a:contains(Health)",
            run: "click",
        },
        {
            content: "The page shows the present, not what it showed before",
            trigger: ".o_ops_health_check[data-name=database]:contains(Answer 3)",
        },
    ],
});

tours.add("healthcare_ops_monitoring.health_refused", {
    steps: () => [
        {
            content: "It says to whom it is shown",
            trigger: ".o_ops_health_problem:contains(managers, administrators and auditors)",
        },
        {
            content: "And nothing else",
            trigger:
                ".o_ops_health:not(:has(.o_ops_health_check)):not(:has(.o_ops_health_summary))",
        },
    ],
});

tours.add("healthcare_ops_monitoring.health_unanswered", {
    steps: () => [
        {
            content: "A server that fails is not a healthy one",
            trigger: ".o_ops_health_problem:contains(The server did not answer)",
        },
        {
            content: "Try again",
            trigger: ".o_ops_health_refresh:enabled",
            run: "click",
        },
        {
            content: "The answer takes the place of the problem",
            trigger: ".o_ops_health:not(:has(.o_ops_health_problem)) .o_ops_health_summary",
        },
    ],
});
