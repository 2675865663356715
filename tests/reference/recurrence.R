# R's mean numbers of recurrences, death ending them, on data sets that ship with its package survival: writes
# recurrence_expected.csv, the histories and the answers, into the folder named as first argument, or else into
# tests/reference.
#
#   Rscript tests/reference/recurrence.R [folder]
#
# bladder: recurrences of bladder tumours in three arms, ended by death; times in months, with many ties.
# cgd: serious infections in two arms, in days; nobody is recorded as dead.

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")

rows_of <- function(id, group, start, stop, recurred, died) {
  data.frame(id, group = as.character(group), start, stop, recurred, died)
}
DATASETS <- list(
  bladder = with(bladder1, rows_of(id, treatment, start, stop, status == 1, status >= 2)),
  cgd = with(cgd, rows_of(id, treat, tstart, tstop, status == 1, FALSE))
)

# Each time at which anybody recurs or leaves, and the influence of each patient on what happens there.
at_times <- function(values, known, times, before) {
  place <- findInterval(times, known, left.open = before)
  values[place + 1]
}

patients_of <- function(rows) {
  last <- rows[order(rows$id, rows$stop), ]
  last <- last[!duplicated(last$id, fromLast = TRUE), ]
  data.frame(id = last$id, exit = last$stop, died = last$died)
}

# Recurrences per patient at risk, as survfit's cumulative hazard; who leaves at time zero is never at risk of any.
recurrences <- function(rows) {
  seen <- subset(rows, stop > start)
  survfit(Surv(start, stop, recurred) ~ 1, data = seen, id = id, influence = 2)
}

# The sum of S(t-) dR(t), and by the product rule each patient's influence on it, from those on S and on R that
# survfit returns.
marginal_mean <- function(rows) {
  patients <- patients_of(rows)
  death <- survfit(Surv(exit, died) ~ 1, data = patients, id = id, influence = 1)
  rate <- recurrences(rows)
  times <- rate$time
  alive <- at_times(c(1, death$surv), death$time, times, before = TRUE)
  step <- diff(c(0, rate$cumhaz))
  ids <- unique(rows$id[rows$stop > rows$start])
  on_alive <- t(apply(cbind(0, death$influence.surv), 1, at_times, death$time, times, before = TRUE))
  on_step <- t(apply(cbind(0, rate$influence.chaz), 1, diff))
  on_mean <- sweep(on_alive, 2, step, "*")
  placed <- match(ids, patients$id)
  on_mean[placed, ] <- on_mean[placed, ] + sweep(on_step, 2, alive, "*")
  on_mean <- t(apply(on_mean, 1, cumsum))
  data.frame(time = times, mean = cumsum(alive * step), std_error = sqrt(colSums(on_mean^2)))
}

# Where nobody dies, the mean is that cumulative hazard, and survfit gives its robust standard error at once.
hazard_only <- function(rows) {
  rate <- recurrences(rows)
  data.frame(time = rate$time, hazard = rate$cumhaz, hazard_std_error = rate$std.chaz)
}

long <- function(quantity, argument, value) {
  data.frame(quantity = rep(quantity, length(value)), argument, value = as.numeric(value))
}

answers <- function(dataset, group) {
  rows <- DATASETS[[dataset]]
  rows <- rows[rows$group == group, ] # by subset(), group would be the column itself, and every arm all patients
  patients <- patients_of(rows)
  found <- marginal_mean(rows)
  parts <- list(
    long("exit", patients$id, patients$exit),
    long("died", patients$id, patients$died),
    long("recurrence", rows$id[rows$recurred], rows$stop[rows$recurred]),
    long("mean", found$time, found$mean),
    long("std_error", found$time, found$std_error)
  )
  if (!any(rows$died)) {
    direct <- hazard_only(rows)
    parts <- c(parts, list(
      long("mean_without_deaths", direct$time, direct$hazard),
      long("std_error_without_deaths", direct$time, direct$hazard_std_error)
    ))
  }
  cbind(dataset, group, do.call(rbind, parts))
}

groups <- lapply(DATASETS, function(rows) sort(unique(rows$group), method = "radix"))
asked <- data.frame(dataset = rep(names(groups), lengths(groups)), group = unlist(groups))
expected <- do.call(rbind, Map(answers, asked$dataset, asked$group))
expected$value <- sprintf("%.15g", expected$value)
write.csv(expected, file.path(folder, "recurrence_expected.csv"), row.names = FALSE, quote = FALSE)
