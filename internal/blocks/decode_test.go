// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
)

// The messages themselves are in testdata/config.

type garden struct {
	Inner     `mapstructure:",squash"`
	Wait      time.Duration                   `mapstructure:"wait"`
	Pond      configoptional.Optional[waters] `mapstructure:"pond"`
	Trees     []tree                          `mapstructure:"trees"`
	Gate      *waters                         `mapstructure:"gate"`
	Stubborn  stubborn                        `mapstructure:"stubborn"`
	noOption  int
	NoOption2 int
}

type Inner struct {
	Beds int `mapstructure:"beds"`
}

type waters struct {
	Depth uint8 `mapstructure:"depth"`
}

type tree struct {
	Name string `mapstructure:"name,omitempty"`
}

// stubborn cannot be decoded, for a reason of its own.
type stubborn struct {
	Why string `mapstructure:"why"`
}

func (*stubborn) Unmarshal(conf *confmap.Conf) error {
	return errors.New("no: " + conf.Get("why").(string))
}

// decodeGarden decodes into a struct with defaults.
func decodeGarden(given map[string]any) (garden, error) {
	g := garden{Inner: Inner{Beds: 4}, Wait: time.Minute, Pond: configoptional.Some(waters{Depth: 9}), noOption: 1}
	err := Decode(confmap.NewFromStringMap(given), &g)
	return g, err
}

func TestAllFaultsOfAConfigurationAreNamedWithTheirPaths(t *testing.T) {
	_, err := decodeGarden(map[string]any{
		"beds": "many", "wait": 5, "pond": map[string]any{"dept": 1, "depth": "low", "enabled": true},
		"trees": []any{map[string]any{"name": "oak"}, map[string]any{"nam": 5}, map[string]any{"name": 5}}, "gate": true,
	})
	assert.EqualError(t, err, `7 faults:
  `+"`beds` is a text and has to be a whole number without a unit: write one such as 4, without quotation marks"+`
  `+"`gate` is true and has to be a block of keys: write its keys below it, indented, such as `depth: ...`"+`
  `+"`pond::dept` is no key of the exporter: did you mean `pond::depth`?"+`
  `+"`pond::depth` is a text and has to be a whole number without a unit: write one such as 9, without quotation marks"+`
  `+"`trees::1::nam` is no key of the exporter: did you mean `trees::name`?"+`
  `+"`trees::2::name` is a number and has to be a text: put it in quotation marks"+`
  `+"`wait` is 5 without a unit, which would be nanoseconds: write 5s for seconds, for example")
}

func TestWhatTheCollectorCanReadIsRead(t *testing.T) {
	g, err := decodeGarden(map[string]any{"beds": 1, "wait": "2s", "pond": map[string]any{"enabled": false}, "trees": []any{map[string]any{"name": "oak"}}, "gate": map[string]any{"depth": 3}})
	require.NoError(t, err)
	assert.Equal(t, 1, g.Beds)
	assert.Equal(t, 2*time.Second, g.Wait)
	assert.False(t, g.Pond.HasValue())
	assert.Equal(t, []tree{{"oak"}}, g.Trees)
	assert.Equal(t, &waters{3}, g.Gate)
	assert.Equal(t, 1, g.noOption)
}

func TestAnErrorThatNobodyElseKnowsIsToldWithoutTexts(t *testing.T) {
	_, err := decodeGarden(map[string]any{"stubborn": map[string]any{"why": "canary-canary"}})
	require.ErrorContains(t, err, "no: ...")
	assert.NotContains(t, err.Error(), "canary")
}

func TestNumbersOfADurationNeedAUnit(t *testing.T) {
	for given, fault := range map[any]string{
		"1h30m": "", 0: "", 0.0: "", time.Second: "", "0": "",
		30: "is 30 without", 2.5: "is 2.5 without", -1: "is -1 without", 12345678: "has no unit", true: "is true and",
		"30": "write 30s", " 30 s ": "write 30s", "5 Minutes": "write 5m", "1d": "write 24h", "2 weeks": "write 336h", "250 msec": "write 250ms",
		"soon": "such as 1m", "": "such as 1m", "99999999 s": "such as 1m", "5 years": "such as 1m",
	} {
		_, err := decodeGarden(map[string]any{"wait": given})
		if fault == "" {
			assert.NoError(t, err, "%v", given)
		} else {
			assert.ErrorContains(t, err, fault, "%v", given)
		}
	}
}

func FuzzDecodeNamesFaultsAndShowsNoText(f *testing.F) {
	f.Add("beds", "many words", 3)
	f.Add("trees:", "canary", -1)
	f.Fuzz(func(t *testing.T, key, text string, number int) {
		for _, value := range []any{text, number, []any{text, number}, map[string]any{key: text}, []any{map[string]any{key: number}}} {
			_, err := decodeGarden(map[string]any{key: value, "pond": value, "wait": value, "trees": value})
			if err != nil {
				assert.NotEmpty(t, err.Error())
			}
		}
	})
}
