/* What the files of the compiled signals share: arrays, taken through the buffer protocol. */
#ifndef LRDOCTOR_ARRAYS_H
#define LRDOCTOR_ARRAYS_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all later ones */
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MOST_ARRAYS = 16 }; /* of one call */
enum { ANY = -1 };         /* as many items as there are */

/* The arrays of one call, which stay where they are until they are given back. */
typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int count;
} Held;

/* The items of an array that lie side by side, of eight bytes each: 'd' for float64, 'l' for int64,
 * or '?', one byte each, for booleans. There must be `*n` of them, or `*n` becomes their number
 * where it is ANY. NULL, with an exception set, where it is not like that. */
const void *given(Held *held, PyObject *array, char kind, Py_ssize_t *n);
/* The same of one that is to be written to. */
void *wanted(Held *held, PyObject *array, char kind, Py_ssize_t n);
/* What a function returns: None, or NULL where an exception is set. */
PyObject *give_back(Held *held);
/* The same of one that returns a result; none: NULL. */
PyObject *answer(Held *held, PyObject *result);

PyObject *level(PyObject *module, PyObject *args);
PyObject *bare_noise(PyObject *module, PyObject *args);
PyObject *newest(PyObject *module, PyObject *args);
PyObject *descent(PyObject *module, PyObject *args);
PyObject *figures(PyObject *module, PyObject *args);
PyObject *fitted_curves(PyObject *module, PyObject *args);
PyObject *fitted_line(PyObject *module, PyObject *args);
PyObject *cells(PyObject *module, PyObject *args);
PyObject *shares(PyObject *module, PyObject *args);
PyObject *centred_logits(PyObject *module, PyObject *args);
PyObject *averaged_edges(PyObject *module, PyObject *args);
PyObject *averaged_shares(PyObject *module, PyObject *args);
PyObject *regressed(PyObject *module, PyObject *args);
PyObject *missed_by(PyObject *module, PyObject *args);
PyObject *explained(PyObject *module, PyObject *args);
PyObject *points(PyObject *module, PyObject *args);
PyObject *level_borders(PyObject *module, PyObject *args);
PyObject *printed_digits(PyObject *module, PyObject *args);
PyObject *expected_windows(PyObject *module, PyObject *args);
PyObject *mixed_windows(PyObject *module, PyObject *args);
PyObject *window_margins(PyObject *module, PyObject *args);
PyObject *best(PyObject *module, PyObject *args);
PyObject *peak(PyObject *module, PyObject *args);
PyObject *streak(PyObject *module, PyObject *args);
PyObject *moments(PyObject *module, PyObject *args);
PyObject *turning(PyObject *module, PyObject *args);

#endif
