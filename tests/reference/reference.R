# R's answers to what gistbook estimates: reads the subjects as CSV from standard input, writes expected.csv and
# versions.txt into the folder named as first argument, or else into tests/reference.
#
#   python tests/reference/export_data.py | Rscript tests/reference/reference.R [folder]

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")

# Groups are sorted as Python sorts them, whatever the language of the machine.
invisible(Sys.setlocale("LC_COLLATE", "C"))

INTERVALS <- c("log-log", "log")
PROBABILITIES <- c(0.25, 1 / 3, 0.5, 0.75)
MARGIN <- qnorm(0.975)
POOLED <- "All"

answers <- function(quantity, value, argument = NA, interval = "", given = "") {
  data.frame(quantity, interval, given, argument, value = unname(value))
}

with_limits <- function(quantity, estimate, lower, upper, argument = NA, interval = "", given = "") {
  limits <- rbind(
    answers(paste0(quantity, "_lower"), lower, argument, interval, given),
    answers(paste0(quantity, "_upper"), upper, argument, interval, given)
  )
  # The estimate does not depend on the interval, so it is written once.
  if (interval == INTERVALS[1] || interval == "") {
    limits <- rbind(answers(quantity, estimate, argument, given = given), limits)
  }
  limits
}

# Only where somebody enters late is the time of entry told: survdiff takes no other.
outcome <- function(rows) {
  if (any(rows$entry > 0)) Surv(rows$entry, rows$exit, rows$event) else Surv(rows$exit, rows$event)
}

kaplan_meier <- function(rows, interval = INTERVALS[1], ...) {
  survfit(outcome(rows) ~ 1, conf.type = interval, ...)
}

# A third and two thirds down the event times; between each of them and the next exit; the last exit.
chosen_times <- function(fit) {
  deaths <- fit$time[fit$n.event > 0]
  at <- unique(deaths[ceiling(length(deaths) * c(1, 2) / 3)])
  following <- fit$time[match(at, fit$time) + 1]
  between <- (at + following) / 2
  sort(unique(c(at, between[!is.na(between)], max(fit$time))))
}

survival_at <- function(fit, times, interval, given = "") {
  # Where survival is still 1, R has no log-log limits and ours are 1, on purpose: no such time is asked for.
  times <- times[times >= min(fit$time[fit$n.event > 0])]
  # Beyond the last exit R repeats the last survival if told to extend, and ours is NaN: no such time is asked for,
  # unless survival is 0 by then.
  if (min(fit$surv) == 0) times <- c(times, max(fit$time) + 1)
  found <- summary(fit, times = times, extend = TRUE)
  with_limits("survival", found$surv, found$lower, found$upper, times, interval, given)
}

# A limit may rise where few are at risk. Then quantile() sorts its heights and may report a later time than the first
# at which the limit is as low as asked, which the definition, print(survfit) and we all take: not compared.
rises <- function(limit) any(diff(na.omit(limit)) > 1e-9)

quantiles <- function(fit, interval) {
  last <- tail(fit$surv, 1)
  # One level more: that at which the curve ends, a plateau reaching to the last exit.
  asked <- if (last > 0) unique(c(PROBABILITIES, 1 - last)) else PROBABILITIES
  # The median of print(survfit) would be the first time of such a plateau; quantile() takes its midpoint.
  found <- quantile(fit, probs = asked)
  rows <- with_limits("quantile", found$quantile, found$lower, found$upper, asked, interval)
  rows[!rows$quantity %in% c(if (rises(fit$lower)) "quantile_lower", if (rises(fit$upper)) "quantile_upper"), ]
}

# Reverse Kaplan-Meier: censoring is what is waited for.
follow_up <- function(rows, interval) {
  found <- quantile(kaplan_meier(transform(rows, event = 1 - event), interval), probs = 0.5)
  with_limits("follow_up", found$quantile, found$lower, found$upper, 0.5, interval)
}

# Survival given survival to a time at which nobody leaves, as R would keep whoever leaves at that very time.
conditional <- function(rows, fit) {
  start <- mean(fit$time[1:2])
  given <- kaplan_meier(rows, start.time = start)
  survival_at(given, chosen_times(given), INTERVALS[1], sprintf("%.15g", start))
}

at_risk <- function(rows, fit) {
  late <- any(rows$entry > 0)
  # Zero is left out under delayed entry, where R prints those at risk at the first exit.
  times <- c(if (!late) 0, chosen_times(fit), max(fit$time) + 1)
  # Between two exits, summary() prints those at risk at the later one, some of whom may not have entered yet. Cutting
  # everybody's time at the times asked for leaves the risk sets alone and makes each such time an exit.
  if (late) {
    pieces <- survSplit(Surv(entry, exit, event) ~ group, data = rows, cut = times, start = "entry", end = "exit")
    fit <- kaplan_meier(pieces)
  }
  answers("at_risk", summary(fit, times = times, extend = TRUE)$n.risk, times)
}

restricted_means <- function(fit) {
  # R extends the last survival to a later horizon, and ours is NaN there: asked for only if survival is 0 by then.
  horizons <- c(median(fit$time), max(fit$time), if (min(fit$surv) == 0) max(fit$time) + 1)
  tables <- sapply(horizons, function(horizon) summary(fit, rmean = horizon)$table[c("rmean", "se(rmean)")])
  margin <- MARGIN * tables[2, ]
  with_limits("restricted_mean", tables[1, ], tables[1, ] - margin, tables[1, ] + margin, horizons)
}

of_group <- function(rows) {
  fit <- kaplan_meier(rows)
  by_interval <- lapply(INTERVALS, function(interval) {
    fit <- kaplan_meier(rows, interval)
    rbind(survival_at(fit, chosen_times(fit), interval), quantiles(fit, interval), follow_up(rows, interval))
  })
  size <- summary(fit)$table
  found <- rbind(
    answers("n", size["records"]), answers("events", size["events"]),
    do.call(rbind, by_interval), conditional(rows, fit), at_risk(rows, fit), restricted_means(fit)
  )
  cbind(group = rows$group[1], found)
}

logrank <- function(rows) {
  # survdiff refuses delayed entry; the score test of Cox is the same question.
  late <- any(rows$entry > 0)
  df <- length(unique(rows$group)) - 1
  chisq <- if (late) coxph(outcome(rows) ~ rows$group, ties = "efron")$score else survdiff(outcome(rows) ~ rows$group)$chisq
  p <- pchisq(chisq, df, lower.tail = FALSE)
  cbind(group = "", answers(c("logrank_statistic", "logrank_df", "logrank_p"), c(chisq, df, p)))
}

hazard_ratios <- function(rows, reference) {
  groups <- sort(unique(rows$group))
  others <- groups[groups != reference]
  treatment <- factor(rows$group, levels = c(reference, others))
  # Iterated further than R does by default, so that what differs is not when R stops.
  fit <- coxph(outcome(rows) ~ treatment, ties = "efron", control = coxph.control(eps = 1e-11))
  limits <- exp(confint(fit))
  found <- with_limits("hazard_ratio", exp(coef(fit)), limits[, 1], limits[, 2], given = reference)
  cbind(group = others, found)
}

of_dataset <- function(rows) {
  groups <- sort(unique(rows$group))
  pooled <- transform(rows, group = POOLED)
  found <- do.call(rbind, c(
    lapply(split(rows, rows$group), of_group), list(of_group(pooled), logrank(rows)),
    lapply(groups[c(1, length(groups))], function(reference) hazard_ratios(rows, reference))
  ))
  cbind(dataset = rows$dataset[1], found)
}

subjects <- read.csv(file("stdin"), colClasses = c("character", "character", "numeric", "numeric", "numeric"))
expected <- do.call(rbind, lapply(split(subjects, subjects$dataset), of_dataset))
for (column in c("argument", "value")) expected[[column]] <- sprintf("%.15g", expected[[column]])
write.csv(expected, file.path(folder, "expected.csv"), row.names = FALSE, quote = FALSE)

# The platform is told because the last digits may depend on it.
versions <- c(R.version.string, R.version$platform, paste("survival", packageVersion("survival")))
writeLines(versions, file.path(folder, "versions.txt"))
