/* The belief about a window of good rates: what ../../learning_rate/window.py does cell by cell. */
#include "statistic.h"

/* A grid of windows: where each row's begin, and how wide each column's are. Points of the grid
 * this near to each other are one. */
typedef struct {
    const double *starts, *widths;
    Py_ssize_t rows, columns;
    double near;
} Grid;

/* Rows whose windows begin at the run's rate or below it; they come first. */
static Py_ssize_t below_rate(const Grid *grid, double rate) {
    Py_ssize_t rows = 0;
    while (rows < grid->rows && grid->starts[rows] <= rate + grid->near) rows++;
    return rows;
}

/* Whether the window of this row and column ends below the run's rate. */
static int beneath(const Grid *grid, double rate, Py_ssize_t i, Py_ssize_t j) {
    return grid->starts[i] + grid->widths[j] < rate - grid->near;
}

/* Of a window by one expert, the logarithm of its density but for what depends on the column. */
typedef struct {
    double column, steep;
} Row;

static void expected(const Grid *grid, double rate, const double *edges, const double *sigma,
                     const double *along, const double *across, double never, double *out) {
    Py_ssize_t rows = below_rate(grid, rate);
    for (Py_ssize_t i = 0; i < grid->rows; i++) {
        double away = grid->starts[i] - rate;
        Row row[3];
        for (int k = 0; k < 3; k++) {
            double first = (away - edges[2 * k]) / sigma[2 * k];
            double last = (away - edges[2 * k + 1]) / sigma[2 * k + 1];
            row[k].column = across[k] * (last - along[k] * first);
            row[k].steep = -0.5 * first * first;
        }
        for (Py_ssize_t j = 0; j < grid->columns; j++) {
            int k = i >= rows ? 0 : beneath(grid, rate, i, j) ? 2 : 1;
            double off = row[k].column + grid->widths[j] * (across[k] / sigma[2 * k + 1]);
            double told = row[k].steep - off * off;
            *out++ = told > never ? told : never;
        }
    }
}

static int grid_of(Held *held, PyObject *starts, PyObject *widths, Grid *grid) {
    grid->rows = grid->columns = ANY;
    grid->starts = given(held, starts, 'd', &grid->rows);
    grid->widths = grid->starts ? given(held, widths, 'd', &grid->columns) : NULL;
    return grid->widths != NULL;
}

/* expected_windows(starts, widths, near, rate, edges, sigma, along, across, never, out) */
PyObject *expected_windows(PyObject *module, PyObject *args) {
    PyObject *starts, *widths, *arrays[4], *out;
    double rate, never;
    Grid grid;
    Py_ssize_t six = 6, three = 3;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOddOOOOdO", &starts, &widths, &grid.near, &rate, &arrays[0],
                          &arrays[1], &arrays[2], &arrays[3], &never, &out))
        return NULL;
    Held held = {.count = 0};
    int there = grid_of(&held, starts, widths, &grid);
    const double *edges = there ? given(&held, arrays[0], 'd', &six) : NULL;
    const double *sigma = edges ? given(&held, arrays[1], 'd', &six) : NULL;
    const double *along = sigma ? given(&held, arrays[2], 'd', &three) : NULL;
    const double *across = along ? given(&held, arrays[3], 'd', &three) : NULL;
    double *to = across ? wanted(&held, out, 'd', grid.rows * grid.columns) : NULL;
    if (to) expected(&grid, rate, edges, sigma, along, across, never, to);
    return give_back(&held);
}

/* Densities scaled to hold this probability. */
static void scaled(double *density, Py_ssize_t n, double probability) {
    double sum = paired(density, n);
    double factor = probability / (sum > 1e-12 ? sum : 1e-12);
    for (Py_ssize_t i = 0; i < n; i++) density[i] *= factor;
}

/* The densities of a grid's windows, each scaled to its verdict's probability and given its part of
 * the doubt; `room` holds as many. */
static void mixed(const Grid *grid, double rate, const double *probabilities, double doubt,
                  int lost, double *density, double *room) {
    Py_ssize_t rows = below_rate(grid, rate), n = rows * grid->columns;
    Py_ssize_t all = grid->rows * grid->columns, doubted = lost ? n : all;
    scaled(density + n, all - n, (1 - doubt) * probabilities[0]);
    for (Py_ssize_t i = 0, cell = 0; i < rows; i++)
        for (Py_ssize_t j = 0; j < grid->columns; j++, cell++) {
            int ended = beneath(grid, rate, i, j);
            room[cell] = ended ? density[cell] : 0;
            density[cell] = ended ? 0 : density[cell];
        }
    scaled(density, n, (1 - doubt) * probabilities[1]);
    scaled(room, n, (1 - doubt) * probabilities[2]);
    for (Py_ssize_t i = 0; i < n; i++) density[i] += room[i];
    for (Py_ssize_t i = 0; i < doubted; i++) density[i] += doubt / (double)doubted;
}

/* mixed_windows(starts, widths, near, rate, probabilities, doubt, lost, density) */
PyObject *mixed_windows(PyObject *module, PyObject *args) {
    PyObject *starts, *widths, *probabilities, *density;
    double rate, doubt;
    Grid grid;
    int lost;
    Py_ssize_t three = 3;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOddOdpO", &starts, &widths, &grid.near, &rate, &probabilities,
                          &doubt, &lost, &density))
        return NULL;
    Held held = {.count = 0};
    int there = grid_of(&held, starts, widths, &grid);
    const double *shares = there ? given(&held, probabilities, 'd', &three) : NULL;
    double *to = shares ? wanted(&held, density, 'd', grid.rows * grid.columns) : NULL;
    if (to) {
        double *room = PyMem_Malloc((size_t)(grid.rows * grid.columns) * sizeof *room);
        if (room) mixed(&grid, rate, shares, doubt, lost, to, room);
        else PyErr_NoMemory();
        PyMem_Free(room);
    }
    return give_back(&held);
}

/* How much mass begins by each row and ends by each point of the grid, and lies across each. */
static void margins(const double *mass, Py_ssize_t rows, const int64_t *lengths, Py_ssize_t columns,
                    Py_ssize_t points, double *beginning, double *ending, double *inside) {
    for (Py_ssize_t i = 0; i < points; i++) ending[i] = 0;
    for (Py_ssize_t i = 0; i < rows; i++) {
        beginning[i] = paired(mass + i * columns, columns);
        for (Py_ssize_t j = 0; j < columns; j++) ending[i + lengths[j]] += mass[i * columns + j];
    }
    double held = 0;
    for (Py_ssize_t i = 0; i <= points; i++) {
        held += (i ? -ending[i - 1] : 0) + (i < rows ? beginning[i] : 0);
        inside[i] = held < 0 ? 0 : held > 1 ? 1 : held;
    }
    for (Py_ssize_t i = 1; i < rows; i++) beginning[i] += beginning[i - 1];
    for (Py_ssize_t i = 1; i < points; i++) ending[i] += ending[i - 1];
}

/* window_margins(mass, lengths, beginning, ending, inside) */
PyObject *window_margins(PyObject *module, PyObject *args) {
    PyObject *arrays[5];
    Py_ssize_t cells = ANY, columns = ANY, rows = ANY, points = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4]))
        return NULL;
    Held held = {.count = 0};
    const double *mass = given(&held, arrays[0], 'd', &cells);
    const int64_t *lengths = mass ? given(&held, arrays[1], 'l', &columns) : NULL;
    const double *beginning = lengths ? given(&held, arrays[2], 'd', &rows) : NULL;
    const double *ending = beginning ? given(&held, arrays[3], 'd', &points) : NULL;
    double *to[3] = {NULL};
    if (ending) to[0] = wanted(&held, arrays[2], 'd', rows);
    if (to[0]) to[1] = wanted(&held, arrays[3], 'd', points);
    if (to[1]) to[2] = wanted(&held, arrays[4], 'd', points + 1);
    int fits = to[2] && rows * columns == cells;
    for (Py_ssize_t j = 0; fits && j < columns; j++)
        fits = lengths[j] >= 0 && lengths[j] <= points - rows;
    if (fits) margins(mass, rows, lengths, columns, points, to[0], to[1], to[2]);
    else if (to[2]) PyErr_SetString(PyExc_ValueError, "windows end beyond the grid");
    return give_back(&held);
}
