import AssayCore
public import AssayJudge
import AssayMeasure

/// The choices of a run as a JSON document: a list with one object a group; keys keep their order.
public func choiceJSON(_ choices: [Choice]) -> String { JSONText.array(choices.map(object)).document }

private func object(_ choice: Choice) -> JSONText {
  var fields: [(String, JSONText)] = [
    ("answer", .string(answer(choice.answer))), ("recommended", text(choice.recommended)),
    ("headline", .string(choice.headline)), ("priority", .string(choice.priority.rawValue)),
    ("objective", .string(choice.objective)), ("group", group(choice.group)),
    (
      "constraints",
      .array(
        choice.constraints.map {
          .object([("constraint", .string($0.gate.text)), ("assumed", .boolean($0.isAssumed))])
        })
    ),
  ]
  if case .undecided(_, let rivals, let more) = choice.answer {
    fields.append(("rivals", .array(rivals.map(JSONText.string))))
    fields.append(("more-launches", more.map(JSONText.integer) ?? .null))
  }
  if case .noneFits(let nearest) = choice.answer { fields.append(("nearest", text(nearest))) }
  fields += [
    (
      "runner-up",
      choice.runnerUp.map {
        .object([
          ("variant", .string($0.variant)), ("factor", .optional($0.factor)), ("interval", interval($0.interval)),
          ("text", .string($0.text)),
        ])
      } ?? .null
    ),
    ("front", .array(choice.front.map(JSONText.string))),
    (
      "constraint-costs",
      .array(
        choice.constraintCosts.map {
          .object([
            ("constraint", .string($0.gate.text)), ("variant", .string($0.variant)), ("factor", .number($0.factor)),
            ("text", .string($0.text)),
          ])
        })
    ),
    (
      "reasons",
      .array(
        choice.reasons.map {
          .object([("rule", .string($0.rule)), ("agrees", .boolean($0.agrees)), ("text", .string($0.text))])
        })
    ),
    ("remarks", .array(choice.remarks.map(JSONText.string))),
    ("next", .array(choice.next.map { .object([("rule", text($0.rule)), ("text", .string($0.text))]) })),
    ("candidates", .array(choice.candidates.map(object))),
  ]
  return .object(fields)
}

private func object(_ candidate: ChoiceCandidate) -> JSONText {
  let (standing, reason): (String, String?) =
    switch candidate.standing {
    case .fits: ("fits", nil)
    case .misses: ("misses", nil)
    case .unknown(let reason): ("unknown", reason)
    }
  return .object([
    ("variant", .string(candidate.variant)), ("standing", .string(standing)), ("reason", text(reason)),
    ("value", .optional(candidate.value)), ("change", .optional(candidate.change?.value)),
    ("change-interval", interval(candidate.change?.interval)), ("on-front", .boolean(candidate.isOnFront)),
    (
      "checks",
      .array(
        candidate.checks.map {
          .object([
            ("constraint", .string($0.gate.text)), ("result", .string(result($0.result))),
            ("value", .optional($0.value)), ("interval", interval($0.interval)), ("text", .string($0.text)),
          ])
        })
    ),
  ])
}

private func answer(_ answer: ChoiceAnswer) -> String {
  switch answer {
  case .recommended: "recommended"
  case .undecided: "undecided"
  case .noneFits: "none-fits"
  case .nothing: "nothing"
  }
}

private func result(_ result: ChoiceCheck.Result) -> String {
  switch result {
  case .met: "met"
  case .metNotShown: "met-not-shown"
  case .missedNotShown: "missed-not-shown"
  case .missed: "missed"
  case .unknown: "unknown"
  }
}

private func text(_ value: String?) -> JSONText { value.map(JSONText.string) ?? .null }

private func interval(_ interval: ConfidenceInterval?) -> JSONText {
  interval.map { .array([.number($0.low), .number($0.high)]) } ?? .null
}

private func group(_ group: ComparisonGroup) -> JSONText {
  .object([
    ("baseline", .string(group.baseline)), ("engine", .string(group.engine)), ("device", .string(group.device)),
    ("threads", .integer(group.threads)), ("batch", .integer(group.batch)),
    ("scenario", .string(group.scenario.rawValue)),
  ])
}
