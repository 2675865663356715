# R's answers for sheets of recorded times, made of data sets of its package survival: each is written as write.csv
# writes it, into the folder named as first argument, and beside it what R makes of it.
#
#   Rscript tests/reference/recorded.R folder

library(survival)
options(warn = 2)

folder <- commandArgs(trailingOnly = TRUE)[1]
answers <- list()

sheet <- function(name, rows) write.csv(rows, file.path(folder, paste0(name, ".csv")))

tell <- function(dataset, quantity, group, argument, value) {
  answers[[length(answers) + 1]] <<- data.frame(dataset, quantity, group, argument, value)
}

curves <- function(name, formula, rows, groups) {
  for (group in groups) {
    fit <- survfit(formula, data = rows[rows$group == group, ])
    tell(name, "median", group, NA, unname(summary(fit)$table["median"]))
    tell(name, "n", group, NA, fit$n)
    tell(name, "events", group, NA, sum(fit$n.event))
  }
}

# Monoclonal gammopathy: progression to a plasma cell malignancy, and death without it, in months.
sheet("mgus2", mgus2)
rows <- mgus2
rows$group <- as.character(rows$sex)
rows$etime <- with(rows, ifelse(pstat == 0, futime, ptime))
rows$kind <- factor(with(rows, ifelse(pstat == 0, 2 * death, 1)), 0:2, c("censored", "pcm", "death"))
for (group in c("F", "M")) {
  fit <- survfit(Surv(etime, kind) ~ 1, data = rows[rows$group == group, ])
  for (kind in c("pcm", "death")) for (month in c(12, 60, 120, 240)) {
    at <- summary(fit, times = month)
    tell("mgus2_ends", kind, group, month, at$pstate[1, match(kind, fit$states)])
  }
}
rows$either <- rows$kind != "censored"
sheet("mgus2_coded", rows[c("id", "sex", "etime", "kind")])
curves("mgus2_either", Surv(etime, either) ~ 1, rows, c("F", "M"))
curves("mgus2", Surv(futime, death) ~ 1, rows, c("F", "M"))

# The same on the scale of age, in months: nobody is followed before the age at diagnosis.
rows$entry <- 12 * rows$age
rows$left <- rows$entry + rows$futime
sheet("mgus2_age", rows[c("id", "sex", "entry", "left", "death")])
for (group in c("F", "M")) {
  fit <- survfit(Surv(entry, left, death) ~ 1, data = rows[rows$group == group, ])
  tell("mgus2_age", "median", group, NA, unname(summary(fit)$table["median"]))
}
cox <- coxph(Surv(entry, left, death) ~ sex, data = rows, ties = "efron")
tell("mgus2_age", "hazard_ratio", "M", NA, exp(unname(coef(cox))))

# Where a curve of late entrants starts: the first day on which somebody enters and enough are at risk after it, from
# which the curve does not fall to nought while others still enter; from there on, R's curve of those who are still there.
truncated <- function(rows, start) {
  survfit(Surv(pmax(entry, start), left, death) ~ 1, data = rows[rows$left > start, ], conf.type = "log-log")
}
is_start <- function(rows, start, fewest) {
  fit <- if (sum(rows$entry <= start & rows$left > start) >= fewest) truncated(rows, start)
  !is.null(fit) && !any(fit$surv == 0 & fit$time < max(rows$entry))
}
started <- function(name, rows, fewest, months) {
  starts <- Filter(function(start) is_start(rows, start, fewest), sort(unique(rows$entry)))
  fit <- truncated(rows, starts[1])
  for (what in c("median", "0.95LCL", "0.95UCL")) tell(name, what, fewest, NA, unname(summary(fit)$table[what]))
  tell(name, "start", fewest, NA, starts[1])
  at <- summary(fit, times = months)
  for (what in c("surv", "lower", "upper")) tell(name, what, fewest, at$time, at[[what]])
}
for (group in c("F", "M")) for (fewest in c(2, 5, 20)) {
  started(paste0("start_", group), rows[rows$group == group, ], fewest, 12 * c(70, 80, 90))
}
emptied <- data.frame(entry = c(0, 0, 20, 21, 22), left = c(10, 11, 30, 40, 50), death = 1)
started("start_emptied", emptied, 2, c(30, 40))

# Sheets of R as they are: one row a patient, or two of which each endpoint has its own.
grouped <- function(rows, by) cbind(rows, group = as.character(rows[[by]]))
sheet("lung", lung)
curves("lung", Surv(time, status) ~ 1, grouped(lung, "sex"), c("1", "2"))
sheet("veteran", veteran)
curves("veteran", Surv(time, status) ~ 1, grouped(veteran, "trt"), c("1", "2"))
sheet("pbc", pbc)
curves("pbc", Surv(time, status == 2) ~ 1, grouped(pbc[!is.na(pbc$trt), ], "trt"), c("1", "2"))
sheet("colon", colon)
deaths <- colon[colon$etype == 2, ]
curves("colon", Surv(time, status) ~ 1, grouped(deaths, "rx"), levels(colon$rx))

answers <- do.call(rbind, answers)
answers$value <- sprintf("%.15g", answers$value)
write.csv(answers, file.path(folder, "answers.csv"), row.names = FALSE)
