// Tensors over the caller's memory, tensors of strings, and bindings.
#include "Shared.h"

#include <string.h>

int assay_ort_tensor_over(
    const AssayOrtLibrary *library, int element_type, const int64_t *shape, size_t rank, void *data, size_t byte_count,
    AssayOrtTensor **out, AssayOrtMessage *message) {
  *out = NULL;
  return assay_ort_take(
      &library->call,
      library->call.CreateTensorWithDataAsOrtValue(
          library->memory, data, byte_count, shape, rank, element_type, (OrtValue **)out),
      message);
}

int assay_ort_tensor_of_strings(
    const AssayOrtLibrary *library, const int64_t *shape, size_t rank, const char *bytes, const size_t *lengths,
    size_t count, AssayOrtTensor **out, AssayOrtMessage *message) {
  enum { string_type = 8 };
  const Functions *call = &library->call;
  OrtValue *value = NULL;
  *out = NULL;
  TRY(call, call->CreateTensorAsOrtValue(library->allocator, shape, rank, string_type, &value));
  for (size_t i = 0; i < count; i++) {
    char *target = NULL;
    int code = assay_ort_take(call, call->GetResizedStringTensorElementBuffer(value, i, lengths[i], &target), message);
    if (code) {
      call->ReleaseValue(value);
      return code;
    }
    if (lengths[i]) memcpy(target, bytes, lengths[i]);
    bytes += lengths[i];
  }
  *out = (AssayOrtTensor *)value;
  return ASSAY_ORT_OK;
}

void assay_ort_tensor_close(const AssayOrtLibrary *library, AssayOrtTensor *tensor) {
  if (tensor) library->call.ReleaseValue((OrtValue *)tensor);
}

static int describe_shape(
    const Functions *call, const OrtTensorTypeAndShapeInfo *info, AssayOrtTensorDescription *out, int64_t *shape,
    size_t capacity, AssayOrtMessage *message) {
  TRY(call, call->GetTensorElementType(info, &out->element_type));
  TRY(call, call->GetDimensionsCount(info, &out->rank));
  TRY(call, call->GetTensorShapeElementCount(info, &out->count));
  TRY(call, call->GetDimensions(info, shape, out->rank < capacity ? out->rank : capacity));
  return ASSAY_ORT_OK;
}

int assay_ort_tensor_describe(
    const AssayOrtLibrary *library, const AssayOrtTensor *tensor, AssayOrtTensorDescription *out, int64_t *shape,
    size_t capacity, AssayOrtMessage *message) {
  enum { string_type = 8 };
  const Functions *call = &library->call;
  OrtValue *value = (OrtValue *)tensor;
  memset(out, 0, sizeof *out);
  int is_tensor = 0;
  TRY(call, call->IsTensor(value, &is_tensor));
  if (!is_tensor) return ASSAY_ORT_OK;
  OrtTensorTypeAndShapeInfo *info = NULL;
  TRY(call, call->GetTensorTypeAndShape(value, &info));
  int code = describe_shape(call, info, out, shape, capacity, message);
  call->ReleaseTensorTypeAndShapeInfo(info);
  if (code) return code;
  if (out->element_type == string_type) {
    TRY(call, call->GetStringTensorDataLength(value, &out->string_byte_count));
  } else {
    void *data = NULL;
    TRY(call, call->GetTensorMutableData(value, &data));
    out->data = data;
  }
  return ASSAY_ORT_OK;
}

int assay_ort_tensor_strings(
    const AssayOrtLibrary *library, const AssayOrtTensor *tensor, char *bytes, size_t byte_count, size_t *offsets,
    size_t count, AssayOrtMessage *message) {
  return assay_ort_take(
      &library->call,
      library->call.GetStringTensorContent((const OrtValue *)tensor, bytes, byte_count, offsets, count), message);
}

int assay_ort_binding_open(
    AssayOrtSession *session, AssayOrtTensor *const *inputs, AssayOrtTensor *const *outputs, AssayOrtBinding **out,
    AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  OrtIoBinding *binding = NULL;
  *out = NULL;
  TRY(call, call->CreateIoBinding(session->session, &binding));
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; i < session->counts[side]; i++) {
      OrtStatus *status =
          side ? call->BindOutput(binding, session->names[1][i], (const OrtValue *)outputs[i])
               : call->BindInput(binding, session->names[0][i], (const OrtValue *)inputs[i]);
      int code = assay_ort_take(call, status, message);
      if (code) {
        call->ReleaseIoBinding(binding);
        return code;
      }
    }
  }
  *out = (AssayOrtBinding *)binding;
  return ASSAY_ORT_OK;
}

void assay_ort_binding_close(const AssayOrtLibrary *library, AssayOrtBinding *binding) {
  if (binding) library->call.ReleaseIoBinding((OrtIoBinding *)binding);
}
