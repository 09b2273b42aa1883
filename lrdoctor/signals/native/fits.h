/* Least squares of a loss against the way it has gone. */
#ifndef LRDOCTOR_FITS_H
#define LRDOCTOR_FITS_H

#include "arrays.h"

enum { DECAYS = 7, PACES = 11 };

/* A straight line. */
typedef struct {
    double slope, spread, left;
} Line;

/* Each pace's mean, height and misfit; `room` holds (PACES + 1) n numbers. */
void fitted(const double *slow, const double *flat, const double *loss, Py_ssize_t n, double *room,
            double *means, double *height, double *misfit);
/* The line through n points; `room` holds 3 n numbers. */
Line line_through(const double *x, const double *y, Py_ssize_t n, double *room);

#endif
