// Knative's own code, for tests to compare with: its autoscaler, second by second, and what its webhook says of a
// Service. Reads JSON from standard input and writes JSON to standard output.
//
//	knative autoscale   a list of runs: settings, load and ready replicas by the second -> replicas asked for by the tick
//	knative validate    a list of { features, service } -> a list of messages, empty where the Service is valid
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	"knative.dev/serving/pkg/apis/autoscaling"
	"knative.dev/serving/pkg/apis/config"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
	"knative.dev/serving/pkg/autoscaler/aggregation"
	autoscalerconfig "knative.dev/serving/pkg/autoscaler/config"
	"knative.dev/serving/pkg/autoscaler/scaling"
)

// run is one revision with its load.
type run struct {
	Target             float64   `json:"target"`
	Total              float64   `json:"total"`
	Window             int       `json:"window"`
	PanicWindow        int       `json:"panicWindow"`
	PanicThreshold     float64   `json:"panicThreshold"`
	BurstCapacity      float64   `json:"burstCapacity"`
	ScaleDownDelay     int       `json:"scaleDownDelay"`
	ActivationReplicas int32     `json:"activationReplicas"`
	Load               []float64 `json:"load"`
	Ready              []int     `json:"ready"`
}

type decision struct {
	Second              int   `json:"second"`
	Replicas            int32 `json:"replicas"`
	ExcessBurstCapacity int32 `json:"excessBurstCapacity"`
}

// load answers what the collector of metrics would.
type load struct {
	stable, panic *aggregation.TimedFloat64Buckets
}

func (l *load) averages(now time.Time) (float64, float64, error) {
	return l.stable.WindowAverage(now), l.panic.WindowAverage(now), nil
}

func (l *load) StableAndPanicConcurrency(_ types.NamespacedName, now time.Time) (float64, float64, error) {
	return l.averages(now)
}

func (l *load) StableAndPanicRPS(_ types.NamespacedName, now time.Time) (float64, float64, error) {
	return l.averages(now)
}

// pods counts the replicas of the current second.
type pods struct{ ready int }

func (p *pods) ReadyCount() (int, error)    { return p.ready, nil }
func (p *pods) NotReadyCount() (int, error) { return 0, nil }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func autoscale(r run) []decision {
	// An even second, so that ticks and buckets agree.
	start := time.Unix(1_900_000_000, 0)
	metrics := &load{
		stable: aggregation.NewTimedFloat64Buckets(seconds(r.Window), time.Second),
		panic:  aggregation.NewTimedFloat64Buckets(seconds(r.PanicWindow), time.Second),
	}
	counter := &pods{}
	spec := &scaling.DeciderSpec{
		MaxScaleUpRate:      1000,
		MaxScaleDownRate:    2,
		ScalingMetric:       autoscaling.Concurrency,
		TargetValue:         r.Target,
		TotalValue:          r.Total,
		TargetBurstCapacity: r.BurstCapacity,
		PanicThreshold:      r.PanicThreshold,
		StableWindow:        seconds(r.Window),
		ScaleDownDelay:      seconds(r.ScaleDownDelay),
		ActivationScale:     r.ActivationReplicas,
		Reachable:           true,
	}
	scaler := scaling.New(context.Background(), "lab", "revision", metrics, counter, spec)
	logger := zap.NewNop().Sugar()
	decisions := []decision{}
	for second, requests := range r.Load {
		now := start.Add(seconds(second))
		counter.ready = r.Ready[second]
		if requests > 0 || counter.ready > 0 {
			metrics.stable.Record(now, requests)
			metrics.panic.Record(now, requests)
		}
		if second%2 != 0 || metrics.stable.IsEmpty(now) {
			continue
		}
		if result := scaler.Scale(logger, now); result.ScaleValid {
			decisions = append(decisions, decision{second, result.DesiredPodCount, result.ExcessBurstCapacity})
		}
	}
	return decisions
}

// subject is a Service, and the feature flags of the cluster that it is for.
type subject struct {
	Features map[string]string `json:"features"`
	Service  json.RawMessage   `json:"service"`
}

func validate(s subject) ([]string, error) {
	features, err := config.NewFeaturesConfigFromMap(s.Features)
	if err != nil {
		return nil, err
	}
	defaults, err := config.NewDefaultsConfigFromMap(map[string]string{})
	if err != nil {
		return nil, err
	}
	autoscaler, err := autoscalerconfig.NewConfigFromMap(map[string]string{})
	if err != nil {
		return nil, err
	}
	ctx := config.ToContext(context.Background(), &config.Config{
		Defaults:   defaults,
		Features:   features,
		Autoscaler: autoscaler,
	})
	service := &servingv1.Service{}
	if err := json.Unmarshal(s.Service, service); err != nil {
		return nil, err
	}
	ctx = apis.WithinCreate(ctx)
	service.SetDefaults(ctx)
	problems := service.Validate(ctx)
	messages := []string{}
	if problems != nil {
		for _, problem := range problems.WrappedErrors() {
			messages = append(messages, problem.Error())
		}
	}
	return messages, nil
}

func each[In any, Out any](do func(In) (Out, error)) error {
	var inputs []In
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		return err
	}
	outputs := []Out{}
	for _, input := range inputs {
		output, err := do(input)
		if err != nil {
			return err
		}
		outputs = append(outputs, output)
	}
	return json.NewEncoder(os.Stdout).Encode(outputs)
}

func main() {
	var err error
	switch os.Args[len(os.Args)-1] {
	case "autoscale":
		err = each(func(r run) ([]decision, error) { return autoscale(r), nil })
	case "validate":
		err = each(validate)
	default:
		err = fmt.Errorf("autoscale or validate")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
