"""Who is asked, how many of them, and by when, in words."""

from odoo.addons.healthcare_ops_automation.models.durations import in_words

from ...core.route import MODE_ALL, MODE_N_OF_M


def mode_in_words(env, mode, quorum):
    """How many have to approve: "all of them"."""
    if mode == MODE_ALL:
        return env._("all of them")
    if mode == MODE_N_OF_M:
        return env._("%s of them", quorum)
    return env._("one of them")


def due_in_words(env, hours, ask_pauses=False):
    """By when: "within 8 h of working time"; empty when there is no limit."""
    if not hours:
        return ""
    time = in_words(env, hours * 3600)
    if ask_pauses:
        return env._("within %s of working time, paused by questions", time)
    return env._("within %s of working time", time)


def stage_in_words(env, plan, names):
    """One sentence about a stage and, if need be, one about who is not asked.

    :param plan: a :class:`~core.route.StagePlan`
    :param dict names: of people, by user id
    """
    if plan.problem:
        yield plan.problem
        return
    people = [names[each] for each in plan.user_ids]
    facts = {
        "step": plan.step,
        "stage": plan.name,
        "who": plan.who,
        "people": ", ".join(people),
        "mode": mode_in_words(env, plan.mode, plan.quorum),
    }
    # Who is named by name needs not be told twice.
    if sorted(plan.who.split(", ")) == sorted(people):
        facts["who"] = env._("by name")
    if len(people) == 1:
        said = env._("Step %(step)s, “%(stage)s”: %(people)s has to approve (%(who)s)", **facts)
    else:
        said = env._(
            "Step %(step)s, “%(stage)s”: %(mode)s has to approve: %(people)s (%(who)s)", **facts
        )
    due = due_in_words(env, plan.due_hours, plan.ask_pauses)
    yield f"{said}, {due}." if due else f"{said}."
    if plan.excluded:
        told = [f"{names[each]} ({why})" for each, why in plan.excluded.items()]
        yield env._(
            "Not asked in “%(stage)s”: %(people)s.", stage=plan.name, people=", ".join(told)
        )
