/** Functional core: trace a function, differentiate it, compile it to a native plan. */

export type { Option, Options, Range } from './base/options.js';
export type { PlainData } from './base/plain-data.js';
export type { SpecOptions } from './base/spec.js';
export type { Tree } from './base/tree.js';
/** The parts optimizers are assembled from, and what is needed to write one. */
export * as tree from './base/tree.js';
export { type ArrayData, type CompiledFunction, compile, type FunctionOptions, type ShapedArray } from './compile/compile.js';
export type { PassOptions } from './compile/optimize.js';
export type { CompileOptions } from './compile/plan-builder.js';
export { type Cost, costsOf, type ProfiledInstruction, type StepProfile } from './compile/profile.js';
export {
  type CompiledPlan,
  type CompiledProgram,
  compileProgram,
  type PlanResult,
  type ProgramDefinition,
  type SlotDefinition,
} from './compile/program.js';
export type { InstructionReport, MemoryReport, PlanReport, TensorReport } from './compile/report.js';
export type { Amount } from './compile/work.js';
/** Models, losses, optimizers. */
export { functionObjective } from './curvature/function-objective.js';
export { type Forward, modelObjective } from './curvature/model-objective.js';
export type { Curvature, Evaluation, Objective } from './curvature/objective.js';
export type { OutputLoss } from './curvature/output-curvature.js';
export type { Dataset, Features, Standardization, Targets, Task } from './data/dataset.js';
/** Data and training. */
export * as data from './data/index.js';
export type { StreamedDataset } from './data/stream.js';
export type { DType, FloatDType, TypedArray } from './graph/dtype.js';
export { type Graph, Spec, Value } from './graph/node.js';
export { print } from './graph/print.js';
export type { Dim, Shape } from './graph/shape.js';
export { SCALAR, StateDefinition } from './graph/state.js';
export { trace } from './graph/trace.js';
export * as loss from './losses/index.js';
export * as nn from './nn/index.js';
export * as ops from './ops/index.js';
export { type AdamOptions, adam } from './optim/adam.js';
export { type AdamQlrOptions, adamqlr } from './optim/adamqlr.js';
export { type AdamWOptions, adamw } from './optim/adamw.js';
export { type BaydinSgdOptions, baydinSgd } from './optim/baydin-sgd.js';
export { fixedDamping, noDamping } from './optim/damping/fixed.js';
export { type LevenbergMarquardtOptions, levenbergMarquardt } from './optim/damping/levenberg-marquardt.js';
export { type AdamDirectionOptions, adamDirection } from './optim/directions/adam.js';
export { type MomentumOptions, momentumDirection } from './optim/directions/momentum.js';
export { sgdDirection } from './optim/directions/sgd.js';
export { coupledDecay, decoupledDecay } from './optim/directions/weight-decay.js';
export { frozen } from './optim/frozen.js';
export type { ParameterGroup, ParameterGroups } from './optim/groups.js';
export { innerProduct } from './optim/inner-product.js';
export type { Judge } from './optim/judge.js';
export type { LineModel, Prediction as StepPrediction } from './optim/line-model.js';
export { type Optimizer, type OptimizerParts, type OptimizerState, type OptimizerStep, optimizer } from './optim/optimizer.js';
export { type FunctionStep, initialState, optimizerStep, stateSpecs } from './optim/optimizer-step.js';
export type {
  Damping,
  DampingUpdate,
  Direction,
  Hyper,
  Outcome,
  Part,
  PartState,
  Point,
  StepChoice,
  StepSize,
  Update,
  UpdateRule,
} from './optim/parts.js';
export type { DampingRuleOptions, QuadraticModelOptions } from './optim/quadratic-model.js';
export { OPTIMIZERS, type OptimizerEntry } from './optim/registry.js';
export * as schedule from './optim/schedules/index.js';
export { type SgdOptions, sgd } from './optim/sgd.js';
export { type QlrOptions, type SgdQlrOptions, sgdqlr } from './optim/sgdqlr.js';
export type { AdamCurvature, AdamCurvatureOptions } from './optim/steps/adam-curvature.js';
export { constantStep } from './optim/steps/constant.js';
export { quadraticStep } from './optim/steps/quadratic.js';
export type { StepVariantOptions, UpdateVariantOptions } from './optim/variants.js';
export { type ChromeTrace, chromeTrace } from './report/chrome-trace.js';
/** The native side: sessions over compiled programs, and what the addon says about itself. */
export { NativeLoadError, native } from './runtime/load.js';
export type { NativeInfo } from './runtime/native.js';
export {
  type OnStats,
  type RunOptions,
  type RunResult,
  type Segment,
  Session,
  type SessionOptions,
  type Timing,
} from './runtime/session.js';
export type { Averaging } from './train/averaging.js';
export type { EarlyStopping, Monitor } from './train/early-stopping.js';
export type { Scores } from './train/evaluation.js';
export type { Callback, FitOptions } from './train/fit-options.js';
export { loadModel, type Model } from './train/model.js';
export type { Prediction } from './train/predictor.js';
export { NumericalError, type Report } from './train/report.js';
export type { Schedules } from './train/scheduled.js';
export type { Snapshot } from './train/snapshot.js';
export { type Parameter, Trainer } from './train/trainer.js';
export type { SaveOptions } from './train/trainer-file.js';
export type { TrainerOptions } from './train/trainer-options.js';
export { fisherVp as fisherVectorProduct, ggnvp, hvp, type OutputProduct } from './transforms/curvature.js';
export { grad, valueAndGrad, vjp } from './transforms/grad.js';
export { jvp } from './transforms/jvp.js';
