// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
)

type example struct {
	// Wait is how long it waits: a|b.
	//
	// Programs set it in code.
	Wait time.Duration `mapstructure:"wait"`
	// Key opens the door.
	Key             configopaque.String                   `mapstructure:"key,omitempty"`
	Mode            string                                `mapstructure:"mode"`
	Inner           configoptional.Optional[exampleInner] `mapstructure:"inner"`
	Given           configoptional.Optional[exampleInner] `mapstructure:"given"`
	exampleSquashed `mapstructure:",squash"`
	Hidden          string `mapstructure:"-"`
}

type exampleInner struct {
	Names []string `mapstructure:"names"`
}

type exampleSquashed struct {
	Rules []exampleRule `mapstructure:"rules"`
}

type exampleRule struct {
	Pattern string `mapstructure:"pattern"`
}

func exampleOptions(t *testing.T) []Option {
	t.Helper()
	return Describe(reflect.TypeFor[example](), Source{
		Comments: Comments{}, Defaults: map[string]any{"wait": "5s", "inner": map[string]any{"names": []any{"a"}}, "given": map[string]any{"enabled": "true"}},
		Choices: map[string][]string{"mode": {"on", "off"}}, Meanings: map[string]string{"key": "Opens."},
	})
}

func TestEachKeyIsDescribedByItsType(t *testing.T) {
	assert.Equal(t, `| Key | Type | Default | Meaning |
| --- | --- | --- | --- |
| `+"`wait` | duration | `5s` |  |"+`
| `+"`key` | secret |  | Opens. |"+`
| `+"`mode` | string |  | One of `on`, `off`. |"+`
| `+"`inner::enabled` | bool |  | false is as if the block were not there. |"+`
| `+"`inner::names` | list of string | `[a]` |  |"+`
| `+"`given::enabled` | bool | `true` | false turns off what is on without the block. |"+`
| `+"`given::names` | list of string |  |  |"+`
| `+"`rules` | list of `pattern` |  |  |"+`
`, Table(exampleOptions(t)))
}

func TestASchemaTakesNoOtherKeys(t *testing.T) {
	whole := JSON("things", "id", exampleOptions(t))
	things := whole["$defs"].(map[string]any)["things"].(map[string]any)
	assert.Equal(t, false, things["additionalProperties"])
	properties := things["properties"].(map[string]any)
	assert.NotContains(t, properties, "Hidden")
	assert.Equal(t, "5s", properties["wait"].(map[string]any)["default"])
}

func TestCommentsAreReadFromTheSource(t *testing.T) {
	comments, err := ReadComments(t.Context(), ".")
	require.NoError(t, err)
	assert.Contains(t, comments.of(reflect.TypeFor[Option](), "Kind", "kind"), "kind is the form of the value")
}

func TestACommentIsItsFirstParagraph(t *testing.T) {
	assert.Equal(t, "Wait is how long it waits.", oneLine("Wait is how\nlong it waits.\n\nPrograms set it.\n"))
}
