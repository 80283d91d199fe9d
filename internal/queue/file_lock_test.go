// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix && !solaris && !aix

package queue

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
)

func TestAFileInUseIsLeftAlone(t *testing.T) {
	e, f, _, _ := newMendTest(t, clearPage(damageLeaf))
	user, err := os.OpenFile(filepath.Join(f.path, mendFile), os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, user.Close()) }()
	require.NoError(t, syscall.Flock(int(user.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), "as bbolt does")
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile}, f.files(t))
}
