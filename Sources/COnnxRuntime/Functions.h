// The functions of ONNX Runtime that are called, with their positions in its function table, which never change.
#pragma once

#include <stddef.h>
#include <stdint.h>

// 1.15 brought the newest function below (GetResizedStringTensorElementBuffer).
enum { lowest_version = 15 };

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtIoBinding OrtIoBinding;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtCUDAProviderOptionsV2 OrtCUDAProviderOptionsV2;

typedef struct {
  void *const *(*GetApi)(uint32_t version);
  const char *(*GetVersionString)(void);
} OrtApiBase;

#define ORT_FUNCTIONS(X)                                                                                               \
  X(1, int, GetErrorCode, const OrtStatus *)                                                                           \
  X(2, const char *, GetErrorMessage, const OrtStatus *)                                                               \
  X(3, OrtStatus *, CreateEnv, int, const char *, OrtEnv **)                                                           \
  X(6, OrtStatus *, DisableTelemetryEvents, const OrtEnv *)                                                            \
  X(7, OrtStatus *, CreateSession, const OrtEnv *, const char *, const OrtSessionOptions *, OrtSession **)             \
  X(9, OrtStatus *, Run, OrtSession *, const void *, const char *const *, const OrtValue *const *, size_t,             \
    const char *const *, size_t, OrtValue **)                                                                          \
  X(10, OrtStatus *, CreateSessionOptions, OrtSessionOptions **)                                                       \
  X(11, OrtStatus *, SetOptimizedModelFilePath, OrtSessionOptions *, const char *)                                     \
  X(13, OrtStatus *, SetSessionExecutionMode, OrtSessionOptions *, int)                                                \
  X(14, OrtStatus *, EnableProfiling, OrtSessionOptions *, const char *)                                               \
  X(22, OrtStatus *, SetSessionLogSeverityLevel, OrtSessionOptions *, int)                                             \
  X(23, OrtStatus *, SetSessionGraphOptimizationLevel, OrtSessionOptions *, int)                                       \
  X(24, OrtStatus *, SetIntraOpNumThreads, OrtSessionOptions *, int)                                                   \
  X(25, OrtStatus *, SetInterOpNumThreads, OrtSessionOptions *, int)                                                   \
  X(30, OrtStatus *, SessionGetInputCount, const OrtSession *, size_t *)                                               \
  X(31, OrtStatus *, SessionGetOutputCount, const OrtSession *, size_t *)                                              \
  X(33, OrtStatus *, SessionGetInputTypeInfo, const OrtSession *, size_t, OrtTypeInfo **)                              \
  X(34, OrtStatus *, SessionGetOutputTypeInfo, const OrtSession *, size_t, OrtTypeInfo **)                             \
  X(36, OrtStatus *, SessionGetInputName, const OrtSession *, size_t, OrtAllocator *, char **)                         \
  X(37, OrtStatus *, SessionGetOutputName, const OrtSession *, size_t, OrtAllocator *, char **)                        \
  X(48, OrtStatus *, CreateTensorAsOrtValue, OrtAllocator *, const int64_t *, size_t, int, OrtValue **)                \
  X(49, OrtStatus *, CreateTensorWithDataAsOrtValue, const OrtMemoryInfo *, void *, size_t, const int64_t *, size_t,   \
    int, OrtValue **)                                                                                                  \
  X(50, OrtStatus *, IsTensor, const OrtValue *, int *)                                                                \
  X(51, OrtStatus *, GetTensorMutableData, OrtValue *, void **)                                                        \
  X(53, OrtStatus *, GetStringTensorDataLength, const OrtValue *, size_t *)                                            \
  X(54, OrtStatus *, GetStringTensorContent, const OrtValue *, void *, size_t, size_t *, size_t)                       \
  X(55, OrtStatus *, CastTypeInfoToTensorInfo, const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo **)                \
  X(60, OrtStatus *, GetTensorElementType, const OrtTensorTypeAndShapeInfo *, int *)                                   \
  X(61, OrtStatus *, GetDimensionsCount, const OrtTensorTypeAndShapeInfo *, size_t *)                                  \
  X(62, OrtStatus *, GetDimensions, const OrtTensorTypeAndShapeInfo *, int64_t *, size_t)                              \
  X(63, OrtStatus *, GetSymbolicDimensions, const OrtTensorTypeAndShapeInfo *, const char **, size_t)                  \
  X(64, OrtStatus *, GetTensorShapeElementCount, const OrtTensorTypeAndShapeInfo *, size_t *)                          \
  X(65, OrtStatus *, GetTensorTypeAndShape, const OrtValue *, OrtTensorTypeAndShapeInfo **)                            \
  X(69, OrtStatus *, CreateCpuMemoryInfo, int, int, OrtMemoryInfo **)                                                  \
  X(76, OrtStatus *, AllocatorFree, OrtAllocator *, void *)                                                            \
  X(78, OrtStatus *, GetAllocatorWithDefaultOptions, OrtAllocator **)                                                  \
  X(93, void, ReleaseStatus, OrtStatus *)                                                                              \
  X(94, void, ReleaseMemoryInfo, OrtMemoryInfo *)                                                                      \
  X(95, void, ReleaseSession, OrtSession *)                                                                            \
  X(96, void, ReleaseValue, OrtValue *)                                                                                \
  X(98, void, ReleaseTypeInfo, OrtTypeInfo *)                                                                          \
  X(99, void, ReleaseTensorTypeAndShapeInfo, OrtTensorTypeAndShapeInfo *)                                              \
  X(100, void, ReleaseSessionOptions, OrtSessionOptions *)                                                             \
  X(110, OrtStatus *, SessionEndProfiling, OrtSession *, OrtAllocator *, char **)                                      \
  X(125, OrtStatus *, GetAvailableProviders, char ***, int *)                                                          \
  X(126, OrtStatus *, ReleaseAvailableProviders, char **, int)                                                         \
  X(130, OrtStatus *, AddSessionConfigEntry, OrtSessionOptions *, const char *, const char *)                          \
  X(133, OrtStatus *, RunWithBinding, OrtSession *, const void *, const OrtIoBinding *)                                \
  X(134, OrtStatus *, CreateIoBinding, OrtSession *, OrtIoBinding **)                                                  \
  X(135, void, ReleaseIoBinding, OrtIoBinding *)                                                                       \
  X(136, OrtStatus *, BindInput, OrtIoBinding *, const char *, const OrtValue *)                                       \
  X(137, OrtStatus *, BindOutput, OrtIoBinding *, const char *, const OrtValue *)                                      \
  X(204, OrtStatus *, SessionOptionsAppendExecutionProvider_CUDA_V2, OrtSessionOptions *,                              \
    const OrtCUDAProviderOptionsV2 *)                                                                                  \
  X(205, OrtStatus *, CreateCUDAProviderOptions, OrtCUDAProviderOptionsV2 **)                                          \
  X(206, OrtStatus *, UpdateCUDAProviderOptions, OrtCUDAProviderOptionsV2 *, const char *const *,                      \
    const char *const *, size_t)                                                                                       \
  X(208, void, ReleaseCUDAProviderOptions, OrtCUDAProviderOptionsV2 *)                                                 \
  X(252, OrtStatus *, GetResizedStringTensorElementBuffer, OrtValue *, size_t, size_t, char **)

typedef struct {
#define DECLARE(position, result, name, ...) result (*name)(__VA_ARGS__);
  ORT_FUNCTIONS(DECLARE)
#undef DECLARE
} Functions;
