# R's exact limits of proportions: writes proportions_expected.csv into the folder named as first argument, or else
# into tests/reference.
#
#   Rscript tests/reference/proportions.R [folder]

options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")

# The sizes of the paper, its possible denominators of 93%, and sizes far from them.
SIZES <- c(1, 2, 5, 14, 15, 18, 19, 23, 27, 30, 37, 100, 1000)
LEVELS <- c(0.9, 0.95, 0.99)

# None, one, about a third, all but one, and all.
counts_of <- function(n) unique(pmin(n, pmax(0, c(0, 1, round(n / 3), n - 1, n))))

answer <- function(count, n, level) {
  limits <- binom.test(count, n, conf.level = level)$conf.int
  data.frame(count, n, level, lower = limits[1], upper = limits[2])
}

asked <- do.call(rbind, lapply(SIZES, function(n) expand.grid(count = counts_of(n), n = n, level = LEVELS)))
expected <- do.call(rbind, Map(answer, asked$count, asked$n, asked$level))
written <- transform(expected, lower = sprintf("%.15g", lower), upper = sprintf("%.15g", upper))
write.csv(written, file.path(folder, "proportions_expected.csv"), row.names = FALSE, quote = FALSE)
