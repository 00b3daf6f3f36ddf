package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	eventfield "iozen/store/event/field"
	"iozen/store/event/filter"
	"iozen/store/option"
	"iozen/store/text"
	"iozen/views"
)

// counted is how many of the last events conditions are compared with.
const counted = 200

// onlyWhen fills the rows with saved conditions.
func onlyWhen(f option.Filter) views.OnlyWhen {
	o := views.OnlyWhen{Any: f.Match == option.MatchAny, Rows: make([]views.ConditionRow, option.MaxConditions)}
	var words []string
	for i, c := range f.Conditions[:min(len(f.Conditions), option.MaxConditions)] {
		o.Rows[i] = views.ConditionRow{Field: c.Field, Op: string(c.Op), Value: c.Value.Text()}
		words = append(words, filter.Words(c))
	}
	o.Words = strings.Join(words, ", "+map[bool]string{false: "and", true: "or"}[o.Any]+" ")
	for _, known := range eventfield.Known() {
		if filter.CanFilter(known) {
			o.Fields = append(o.Fields, known)
		}
	}
	for _, op := range filter.Ops() {
		o.Ops = append(o.Ops, views.OpChoice{Op: string(op), Words: filter.OpWords(op), NoValue: !filter.HasValue(op)})
	}
	return o
}

// typedOnlyWhen is the rows as they were sent.
func typedOnlyWhen(form url.Values, saved views.OnlyWhen) views.OnlyWhen {
	saved.Any = form.Get("only_match") == string(option.MatchAny)
	saved.Rows = make([]views.ConditionRow, option.MaxConditions)
	for i := range saved.Rows {
		saved.Rows[i] = conditionRow(form, i)
	}
	return saved
}

func conditionRow(form url.Values, i int) views.ConditionRow {
	at := func(name string) string {
		if values := form[name]; i < len(values) {
			return values[i]
		}
		return ""
	}
	return views.ConditionRow{Field: at("only_field"), Op: at("only_op"), Value: at("only_value")}
}

// readOnlyWhen reads the rows that are filled in, or says what is wrong with each.
func readOnlyWhen(form url.Values) (f option.Filter, problems []string) {
	if len(form["only_field"]) > option.MaxConditions {
		return f, []string{fmt.Sprintf("at most %d conditions", option.MaxConditions)}
	}
	for i := range form["only_field"] {
		row := conditionRow(form, i)
		c := option.Condition{Field: text.Clean(row.Field), Op: option.Op(row.Op), Value: filter.Typed(option.Op(row.Op), row.Value)}
		if c.Field == "" && text.Clean(row.Value) == "" {
			continue
		}
		for _, p := range filter.Check(c) {
			problems = append(problems, fmt.Sprintf("condition %d: the %s %s", i+1, conditionParts[p.Pointer], p.Message))
		}
		f.Conditions = append(f.Conditions, c)
	}
	if len(f.Conditions) == 0 {
		return option.Filter{}, problems
	}
	f.Match = option.MatchAll
	if form.Get("only_match") == string(option.MatchAny) {
		f.Match = option.MatchAny
	}
	return f, problems
}

// conditionParts are the parts of a condition as its row labels them.
var conditionParts = map[string]string{"/field": "field", "/op": "comparison", "/value": "value"}

// onlyWhenPairs are the rows as a form sends them.
func onlyWhenPairs(o views.OnlyWhen) [][2]string {
	pairs := [][2]string{{"only_match", map[bool]string{false: "all", true: "any"}[o.Any]}}
	for _, row := range o.Rows {
		op := row.Op
		if op == "" {
			op = string(filter.Ops()[0])
		}
		pairs = append(pairs, [2]string{"only_field", row.Field}, [2]string{"only_op", op}, [2]string{"only_value", row.Value})
	}
	return pairs
}

// onlyWhenLines are conditions as one reads them, one on a line.
func onlyWhenLines(o views.OnlyWhen) (lines []string) {
	for _, row := range o.Rows {
		if row.Field != "" {
			lines = append(lines, strings.TrimSpace(row.Field+" "+filter.OpWords(option.Op(row.Op))+" "+row.Value))
		}
	}
	if len(lines) == 0 {
		return []string{"Always"}
	}
	return lines
}

// onlyWhenWords are conditions in one line.
func onlyWhenWords(f option.Filter) string { return strings.Join(onlyWhenLines(onlyWhen(f)), "; ") }

// matches counts how many of the last real events a filter matches. It says nothing else about them.
func (a *app) matches(ctx context.Context, botID uuid.UUID, f option.Filter) (*views.Matches, error) {
	if f.IsZero() {
		return nil, nil
	}
	payloads, err := a.Store.LastPayloads(ctx, botID, counted)
	if err != nil {
		return nil, err
	}
	return &views.Matches{Of: len(payloads), Match: filter.New(f).Count(payloads)}, nil
}

// webhookMatches says what conditions would do, before they are saved.
func (a *app) webhookMatches(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	f, problems := readOnlyWhen(form)
	if len(problems) > 0 || f.IsZero() {
		return c.NoContent(http.StatusUnprocessableEntity)
	}
	counts, err := a.matches(c.Request().Context(), bot.ID, f)
	if err != nil {
		return err
	}
	return a.render(c, http.StatusOK, views.MatchWords(*counts))
}
