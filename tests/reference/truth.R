# R's answers to the drawn cohorts of the chapter on known truth: reads their rows as CSV from standard input, writes
# truth_expected.csv into the folder named as first argument, or else into tests/reference.
#
#   python tests/test_truth.py | Rscript tests/reference/truth.R [folder]

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")
EXACT <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)

# Where nobody is compared R has no ratio, and neither have we.
# Where one of the groups has no death that is compared, the ratio has no maximum, which R tells by a warning; of it
# the score is kept, which is taken at a ratio of 1.
fitted <- function(rows) {
  fit <- function() coxph(Surv(entry, exit, event) ~ group + strata(stratum), data = rows, control = EXACT)
  unbounded <- FALSE
  found <- withCallingHandlers(fit(), warning = function(w) { unbounded <<- TRUE; invokeRestart("muffleWarning") })
  if (is.na(coef(found))) return(c(score = NA))
  values <- c(score = found$score, log = unname(coef(found)), error = sqrt(found$var[1, 1]))
  if (unbounded) values["score"] else values
}

# The first time at which a limit has come down to one half. Where a limit on the log scale rises again, quantile() sorts
# its heights before it looks, and so may give a later time than the first.
first_below <- function(fit, limit) fit$time[which(limit <= 0.5 + 1e-9)[1]]

limits <- function(rows) {
  values <- c()
  for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(exit, event) ~ 1, data = rows, conf.type = type)
    at <- summary(fit, times = 12)
    found <- c(first_below(fit, fit$lower), first_below(fit, fit$upper), at$lower, at$upper)
    names(found) <- paste(type, c("median lower", "median upper", "share lower", "share upper"))
    values <- c(values, found)
  }
  values
}

one <- function(rows) {
  values <- if (startsWith(rows$name[1], "limits")) limits(rows) else fitted(rows)
  data.frame(name = rows$name[1], cohort = rows$cohort[1], quantity = names(values), value = unname(values))
}

subjects <- read.csv(file("stdin"))
parts <- split(subjects, list(subjects$name, subjects$cohort), drop = TRUE)
expected <- do.call(rbind, lapply(parts, one))
expected <- expected[order(expected$name, expected$cohort, expected$quantity, method = "radix"), ]
expected$value <- sprintf("%.15g", expected$value)
write.csv(expected, file.path(folder, "truth_expected.csv"), row.names = FALSE, quote = FALSE)
