# R's answers to patients who wait for a treatment: reads one row per patient as CSV from standard input, lays them out
# itself (tmerge), and writes waiting_expected.csv into the folder named as first argument, or else into tests/reference.
#
#   python tests/test_waiting.py | Rscript tests/reference/waiting.R [folder]

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")
EXACT <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)

ratio <- function(fit) {
  ends <- summary(fit)$conf.int[1, c(1, 3, 4)]
  c(estimate = ends[[1]], lower = ends[[2]], upper = ends[[3]], score = fit$score)
}

# Each patient untreated up to the treatment, and treated from then on.
by_time <- function(patients) {
  rows <- tmerge(patients, patients, id = id, died = event(last, status))
  tmerge(rows, patients, id = id, treated = tdc(wait))
}

dependent <- function(patients) {
  rows <- by_time(patients)
  curves <- survfit(Surv(tstart, tstop, died) ~ treated, data = rows, conf.type = "log-log")
  at <- summary(curves, times = 200, extend = TRUE)
  values <- c(ratio(coxph(Surv(tstart, tstop, died) ~ treated, data = rows, control = EXACT)))
  # summary() gives those at risk at the next time of the curve, in whom who enters on day 200 itself is counted.
  there <- subset(rows, tstart < 200 & tstop >= 200)
  c(values, alive_0 = at$surv[1], alive_1 = at$surv[2], at_risk_0 = sum(!there$treated), at_risk_1 = sum(there$treated))
}

# survdiff takes no late entry, and a landmark has none.
landmark <- function(patients, day) {
  still <- subset(patients, last > day)
  still$treated <- as.numeric(!is.na(still$wait) & still$wait <= day)
  values <- ratio(coxph(Surv(last - day, status) ~ treated, data = still, control = EXACT))
  values["score"] <- survdiff(Surv(last - day, status) ~ treated, data = still)$chisq
  values
}

long <- function(dataset, analysis, values) {
  data.frame(dataset, analysis, quantity = names(values), value = sprintf("%.15g", unname(values)))
}

answers <- function(patients) {
  name <- patients$dataset[1]
  months <- c(3, 6)
  parts <- lapply(months, function(m) long(name, paste("Landmark at", m, "months"), landmark(patients, m * 30.4375)))
  rbind(long(name, "Time-dependent", dependent(patients)), do.call(rbind, parts))
}

subjects <- read.csv(file("stdin"))
expected <- do.call(rbind, lapply(split(subjects, subjects$dataset), answers))
write.csv(expected, file.path(folder, "waiting_expected.csv"), row.names = FALSE, quote = FALSE)
