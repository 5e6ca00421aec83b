import {Component, useState} from "@odoo/owl";

const WIDTH = 100;
const HEIGHT = 100;

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

    get columns() {
        const width = (WIDTH / this.points.length) * 0.7;
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

    /** The first, the middle and the last time. */
    get labels() {
        const count = this.points.length;
        const shown = [...new Set([0, Math.floor((count - 1) / 2), count - 1])];
        return shown.map((index) => this.points[index]?.label);
    }

    /** What stands at each time, for the pointer. */
    get marks() {
        return this.points.map((point, index) => ({
            label: point.label,
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
