import {Component, useState} from "@odoo/owl";

const WIDTH = 100;
const HEIGHT = 100;
/** The widest bar: one alone, as of a day that has just begun, would fill the chart. */
const WIDEST = 16;

/**
 * Lines or bars over time, as SVG that stretches with its tile. What it shows stands in a table,
 * too, for those who read rather than look.
 *
 * Times without a figure leave a gap: nothing is drawn that is not known.
 */
export class DashboardChart extends Component {
    static template = "healthcare_ops_monitoring.DashboardChart";
    static props = {
        series: Array,
        spark: {type: Boolean, optional: true},
        bars: {type: Boolean, optional: true},
        label: {type: String, optional: true},
        topWords: {type: String, optional: true},
        target: {type: [Number, {value: null}], optional: true},
    };

    setup() {
        this.state = useState({table: false});
    }

    get points() {
        return this.props.series[0].points;
    }

    get top() {
        const values = this.props.series.flatMap(({points}) => points.map(({value}) => value || 0));
        return Math.max(...values, this.props.target || 0) || 1;
    }

    /** Bars stand in the middle of their time, lines reach from edge to edge. */
    x(index) {
        const count = this.points.length;
        if (this.props.bars || count < 2) {
            return ((index + 0.5) * WIDTH) / Math.max(count, 1);
        }
        return (index * WIDTH) / (count - 1);
    }

    y(value) {
        return HEIGHT - (value * (HEIGHT - 4)) / this.top;
    }

    /** Runs of points that have a figure: ``[[{x, y}]]``. */
    runs(points) {
        const runs = [[]];
        points.forEach(({value}, index) => {
            if (value === null) {
                runs.push([]);
            } else {
                runs.at(-1).push({x: this.x(index), y: this.y(value)});
            }
        });
        return runs.filter((run) => run.length);
    }

    get lines() {
        const drawn = this.props.series.map(({points, kpi}, index) => ({points, kpi, index}));
        return (this.props.bars ? drawn.slice(1) : drawn).map(({points, index}) => {
            const runs = this.runs(points);
            const line = (run) => run.map(({x, y}) => `${x},${y}`).join(" L");
            return {
                index,
                path: runs.map((run) => `M${line(run)}`).join(" "),
                area: runs
                    .filter((run) => run.length > 1)
                    .map(
                        (run) =>
                            `M${run[0].x},${HEIGHT} L${line(run)} L${run.at(-1).x},${HEIGHT} Z`,
                    )
                    .join(" "),
                dots: runs.filter((run) => run.length === 1).map(([dot]) => dot),
            };
        });
    }

    get columnWidth() {
        return Math.min((WIDTH / this.points.length) * 0.7, WIDEST);
    }

    get columns() {
        const width = this.columnWidth;
        return this.points.map(({value}, index) => ({
            x: this.x(index) - width / 2,
            y: this.y(value || 0),
            width,
            height: HEIGHT - this.y(value || 0),
        }));
    }

    get targetY() {
        return this.props.target === null || this.props.target === undefined
            ? null
            : this.y(this.props.target);
    }

    /** The first, the middle and the last time, each where it stands. */
    get labels() {
        const last = this.points.length - 1;
        // The second of four has no room beside the first.
        const middle = last === 3 ? [] : [Math.floor(last / 2)];
        const shown = [...new Set([0, ...middle, last])];
        return shown.map((index) => ({
            text: this.points[index]?.label,
            style: this.place(index, last),
        }));
    }

    /** In the middle of its time; the outer ones end with it, so as to stay within the tile. */
    place(index, last) {
        const reach = this.props.bars ? this.columnWidth / 2 : 0;
        if (last > 0 && index === 0) {
            return `left: ${this.x(index) - reach}%`;
        }
        if (last > 0 && index === last) {
            return `right: ${WIDTH - this.x(index) - reach}%`;
        }
        return `left: ${this.x(index)}%; transform: translateX(-50%)`;
    }

    /** What stands at each time, for the pointer. */
    get marks() {
        return this.points.map((point, index) => ({
            when: point.when,
            left: ((index + 0.5) * 100) / this.points.length,
            x: this.x(index),
            values: this.props.series.map(({name, points}) => ({
                name,
                words: points[index]?.words || "–",
                n: points[index]?.n,
            })),
        }));
    }
}
