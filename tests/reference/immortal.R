# R's hazard ratios of a heart transplant, from its own copy of the Stanford data laid out by its own code: writes
# immortal_expected.csv into the folder named as first argument, or else into tests/reference.
#
#   Rscript tests/reference/immortal.R [folder]

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")

LANDMARKS <- c(10, 30, 60, 90)
EXACT <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)

answer <- function(layout, fit, day = NA) {
  found <- summary(fit)
  values <- c(found$conf.int[1, c(1, 3, 4)], found$n, found$nevent)
  data.frame(layout, day, quantity = c("estimate", "lower", "upper", "rows", "events"), value = unname(values))
}

# One row per patient, in the original coding: days as differences of dates, and no half day.
naive <- answer("naive", coxph(Surv(futime, fustat) ~ transplant, data = jasa, control = EXACT))

# One row per patient and interval, as Crowley and Hu have them.
heart$treated <- as.numeric(heart$transplant == 1)
dependent <- answer("time_dependent", coxph(Surv(start, stop, event) ~ treated, data = heart, control = EXACT))

end <- aggregate(cbind(stop, event) ~ id, data = heart, FUN = max)
begun <- aggregate(start ~ id, data = subset(heart, treated == 1), FUN = min)
patients <- merge(end, begun, all.x = TRUE)

at_landmark <- function(day) {
  still <- subset(patients, stop > day)
  still$treated <- as.numeric(!is.na(still$start) & still$start <= day)
  answer("landmark", coxph(Surv(stop - day, event) ~ treated, data = still, control = EXACT), day)
}

expected <- rbind(naive, dependent, do.call(rbind, lapply(LANDMARKS, at_landmark)))
expected$value <- sprintf("%.15g", expected$value)
write.csv(expected, file.path(folder, "immortal_expected.csv"), row.names = FALSE, quote = FALSE)
