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
