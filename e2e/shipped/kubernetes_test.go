// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package shipped

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	strict "sigs.k8s.io/yaml"
)

// kustomization is the part of a kustomization.yaml that the tests follow.
type kustomization struct {
	Resources          []string
	ConfigMapGenerator []struct {
		Name        string
		Files, Envs []string
	} `yaml:"configMapGenerator"`
}

// folder is a folder of manifests, decoded.
type folder struct {
	path    string
	kustom  kustomization
	objects map[string]runtime.Object // by file
}

func readFolder(t *testing.T, name string) folder {
	t.Helper()
	f := folder{path: inRoot("deploy", "kubernetes", name), objects: map[string]runtime.Object{}}
	text, err := os.ReadFile(filepath.Join(f.path, "kustomization.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &f.kustom))

	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, autoscalingv2.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, path := range files(t, filepath.Join("deploy", "kubernetes", name, "*.yaml")) {
		if filepath.Base(path) == "kustomization.yaml" {
			continue
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		object, _, err := decoder.Decode(text, nil, nil)
		require.NoError(t, err, path)
		f.objects[filepath.Base(path)] = object
	}
	return f
}

var folders = []string{"gateway", "node-logs"}

func TestEveryManifestIsDecodedStrictlyAndApplied(t *testing.T) {
	for _, name := range folders {
		t.Run(name, func(t *testing.T) {
			f := readFolder(t, name)
			var decoded []string
			for file := range f.objects {
				decoded = append(decoded, file)
			}
			assert.ElementsMatch(t, f.kustom.Resources, decoded)
			for _, generator := range f.kustom.ConfigMapGenerator {
				for _, file := range slices.Concat(generator.Files, generator.Envs) {
					assert.FileExists(t, filepath.Join(f.path, file))
				}
			}
		})
	}
}

// podOf is the template of the pods, with the selector that finds them.
func podOf(t *testing.T, f folder) (corev1.PodTemplateSpec, *metav1.LabelSelector) {
	t.Helper()
	for _, object := range f.objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			return o.Spec.Template, o.Spec.Selector
		case *appsv1.DaemonSet:
			return o.Spec.Template, o.Spec.Selector
		}
	}
	require.Fail(t, "no pods")
	return corev1.PodTemplateSpec{}, nil
}

func TestSelectorsFindThePods(t *testing.T) {
	for _, name := range folders {
		f := readFolder(t, name)
		pod, own := podOf(t, f)
		selectors := map[string]*metav1.LabelSelector{"own": own}
		for file, object := range f.objects {
			switch o := object.(type) {
			case *corev1.Service:
				selectors[file] = &metav1.LabelSelector{MatchLabels: o.Spec.Selector}
			case *policyv1.PodDisruptionBudget:
				selectors[file] = o.Spec.Selector
			case *networkingv1.NetworkPolicy:
				selectors[file] = &o.Spec.PodSelector
			}
		}
		for file, selector := range selectors {
			s, err := metav1.LabelSelectorAsSelector(selector)
			require.NoError(t, err)
			assert.False(t, s.Empty(), "%s/%s", name, file)
			assert.True(t, s.Matches(labels.Set(pod.Labels)), "%s/%s", name, file)
		}
	}
}

func TestPodsRunWithoutRightsAndMountWhatExists(t *testing.T) {
	for _, name := range folders {
		f := readFolder(t, name)
		pod, _ := podOf(t, f)
		container := pod.Spec.Containers[0]
		assert.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
		assert.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
		assert.Equal(t, []corev1.Capability{"ALL"}, container.SecurityContext.Capabilities.Drop)
		assert.Greater(t, *pod.Spec.TerminationGracePeriodSeconds, int64(10), "delivery may take ten seconds at the end")

		generated := map[string]bool{}
		for _, generator := range f.kustom.ConfigMapGenerator {
			generated[generator.Name] = true
		}
		assert.True(t, generated[container.EnvFrom[0].ConfigMapRef.Name])
		volumes := map[string]corev1.Volume{}
		for _, volume := range pod.Spec.Volumes {
			volumes[volume.Name] = volume
			if volume.ConfigMap != nil {
				assert.True(t, generated[volume.ConfigMap.Name], volume.Name)
			}
		}
		for _, mount := range container.VolumeMounts {
			assert.Contains(t, volumes, mount.Name)
			assert.Empty(t, mount.SubPath, "a file that is mounted alone is never replaced, and neither is a key")
		}
		assert.True(t, *volumes["keys"].Secret.Optional, "without a key it starts and says so")
	}
}

func TestNodesKeepOffsetsAndAllOfThemAreRead(t *testing.T) {
	pod, _ := podOf(t, readFolder(t, "node-logs"))
	assert.Contains(t, pod.Spec.Tolerations, corev1.Toleration{Operator: corev1.TolerationOpExists})
	paths := map[string]string{}
	for _, volume := range pod.Spec.Volumes {
		if volume.HostPath != nil {
			paths[volume.Name] = volume.HostPath.Path
		}
	}
	assert.Equal(t, map[string]string{"state": "/var/lib/agent-visits", "pods": "/var/log/pods"}, paths)
}

// operated is the part of an OpenTelemetryCollector that the file uses. Its types are
// Kubernetes' own wherever the operator's are; the operator's module cannot be fetched.
type operated struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Mode, Image string
		Autoscaler  struct {
			MinReplicas, MaxReplicas, TargetCPUUtilization int32
		}
		PodDisruptionBudget struct{ MaxUnavailable int }
		Resources           corev1.ResourceRequirements
		PodSecurityContext  corev1.PodSecurityContext
		SecurityContext     corev1.SecurityContext
		Volumes             []corev1.Volume
		VolumeMounts        []corev1.VolumeMount
		Config              map[string]any

		TerminationGracePeriodSeconds int64
	}
}

func TestTheOperatorsResourceAndTheChartsValuesHoldAGoodConfiguration(t *testing.T) {
	compiled := compiledSchema(t)

	text, err := os.ReadFile(inRoot("deploy", "operator", "gateway.yaml"))
	require.NoError(t, err)
	var resource operated
	require.NoError(t, strict.UnmarshalStrict(text, &resource))
	assert.Equal(t, "opentelemetry.io/v1beta1, Kind=OpenTelemetryCollector", resource.GroupVersionKind().String())
	assert.NoError(t, compiled.Validate(resource.Spec.Config))

	text, err = os.ReadFile(inRoot("deploy", "helm", "gateway.yaml"))
	require.NoError(t, err)
	var values struct {
		Config            map[string]any
		ExtraVolumes      []corev1.Volume      `json:"extraVolumes"`
		ExtraVolumeMounts []corev1.VolumeMount `json:"extraVolumeMounts"`
	}
	require.NoError(t, strict.Unmarshal(text, &values))
	assert.NoError(t, compiled.Validate(values.Config))
	assert.Len(t, values.ExtraVolumes, len(values.ExtraVolumeMounts))
}

// TestImagesAreOfThisVersion keeps the one place of the version the only one that counts.
func TestImagesAreOfThisVersion(t *testing.T) {
	var builder struct{ Dist struct{ Version string } }
	text, err := os.ReadFile(inRoot("builder-config.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &builder))
	require.NotEmpty(t, builder.Dist.Version)
	for _, path := range slices.Concat(files(t, "deploy/*/*.yaml"), files(t, "deploy/kubernetes/*/*.yaml")) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "image: ghcr.io") || strings.Contains(line, "tag:") {
				assert.Contains(t, line, builder.Dist.Version, path)
			}
		}
	}
}
