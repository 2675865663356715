# R's answers to our cumulative incidence: reads the subjects as CSV from standard input, writes incidence_expected.csv
# into the folder named as first argument, or else into tests/reference.
#
#   python tests/test_incidence.py | Rscript tests/reference/incidence.R [folder]

library(survival)
options(warn = 2)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- if (length(arguments) > 0) arguments[1] else file.path("tests", "reference")

# Kinds are sorted as Python sorts them, whatever the language of the machine.
invisible(Sys.setlocale("LC_COLLATE", "C"))

CENSORED <- "censored"
MOST_TIMES <- 30

# Censoring is the first level, which is what tells survfit that it is no kind of event.
kinds_of <- function(rows) factor(rows$kind, c(CENSORED, setdiff(sort(unique(rows$kind)), CENSORED)))

# From the first event of any kind on; before it both have nothing but zeros.
chosen <- function(fit) {
  from <- which(rowSums(fit$n.event) > 0)[1]
  unique(round(seq(from, length(fit$time), length.out = MOST_TIMES)))
}

# The variance is R's default for several kinds, the infinitesimal jackknife.
aalen_johansen <- function(rows) {
  rows$kind <- kinds_of(rows)
  if (all(rows$entry <= 0)) return(survfit(Surv(exit, kind) ~ 1, data = rows, conf.type = "log-log"))
  # Under delayed entry the jackknife goes by subject, and Greenwood's formula by time. Cutting everybody's time at
  # every exit, and calling each piece a subject of its own, turns the one into the other; the estimate is the same.
  cuts <- sort(unique(rows$exit))
  pieces <- survSplit(Surv(entry, exit, kind) ~ ., data = rows, cut = cuts, start = "entry", end = "exit", event = "kind")
  pieces$piece <- seq_len(nrow(pieces))
  cut_up <- survfit(Surv(entry, exit, kind) ~ 1, data = pieces, id = piece, conf.type = "log-log")
  rows$subject <- seq_len(nrow(rows))
  whole <- survfit(Surv(entry, exit, kind) ~ 1, data = rows, id = subject)
  stopifnot(isTRUE(all.equal(whole$pstate, cut_up$pstate, tolerance = 1e-12)))
  cut_up
}

of_kind <- function(kind, fit, at) {
  state <- match(kind, fit$states)
  # Where nobody has had the event R has no limits, and ours are 0, on purpose; where all have, ours are unknown.
  incidence <- fit$pstate[at, state]
  inside <- incidence > 0 & incidence < 1 - 1e-9
  data.frame(
    kind, time = fit$time[at], incidence,
    lower = ifelse(inside, fit$lower[at, state], NA), upper = ifelse(inside, fit$upper[at, state], NA),
    at_risk = fit$n.risk[at, 1], events = fit$n.event[at, state]
  )
}

of_group <- function(rows) {
  fit <- aalen_johansen(rows)
  kinds <- setdiff(levels(kinds_of(rows)), CENSORED)
  found <- do.call(rbind, lapply(kinds, of_kind, fit = fit, at = chosen(fit)))
  cbind(dataset = rows$dataset[1], group = rows$group[1], found)
}

subjects <- read.csv(file("stdin"), colClasses = c("character", "character", "numeric", "numeric", "character"))
expected <- do.call(rbind, lapply(split(subjects, paste(subjects$dataset, subjects$group)), of_group))
for (column in c("time", "incidence", "lower", "upper")) expected[[column]] <- sprintf("%.15g", expected[[column]])
write.csv(expected, file.path(folder, "incidence_expected.csv"), row.names = FALSE, quote = FALSE)
