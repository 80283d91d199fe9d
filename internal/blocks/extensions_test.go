// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

type pulse struct {
	component.StartFunc
	component.ShutdownFunc
}

type memory struct {
	storage.Extension
}

func TestAnExtensionThatDoesNotRunIsNamedByItsKey(t *testing.T) {
	health, disk := component.MustNewID("health_check"), component.MustNewIDWithName("file_storage", "visits")
	for name, c := range map[string]struct {
		running Extensions
		id      component.ID
		want    string
	}{
		"it runs":       {Extensions{disk: memory{}}, disk, ""},
		"nothing runs":  {nil, disk, "`storage` names an extension that does not run: define it below `extensions` and add it to the list `service::extensions`"},
		"none keeps":    {Extensions{health: pulse{}}, disk, "`storage` names an extension that does not run: define it below `extensions` and add it to the list `service::extensions`"},
		"another keeps": {Extensions{health: pulse{}, disk: memory{}}, component.MustNewID("file_storage"), "`storage` names an extension that does not run: define it below `extensions` and add it to the list `service::extensions`, or write one that runs: file_storage/visits"},
		"another kind":  {Extensions{health: pulse{}}, health, "`storage` names an extension that keeps no data: write the name of one that does, such as file_storage; if it is new, define it below `extensions` and add it to the list `service::extensions`"},
	} {
		t.Run(name, func(t *testing.T) {
			f := validation.NewFaults()
			c.running.CheckStorage(f, "storage", c.id)
			if c.want == "" {
				assert.NoError(t, f.Err())
				return
			}
			assert.EqualError(t, f.Err(), c.want)
		})
	}
	f := validation.NewFaults()
	Extensions{health: pulse{}}.Check(f, "auth", health)
	assert.NoError(t, f.Err())
	Extensions{health: pulse{}}.Check(f, "auth", disk)
	assert.EqualError(t, f.Err(), "`auth` names an extension that does not run: define it below `extensions` and add it to the list `service::extensions`, or write one that runs: health_check")
}
