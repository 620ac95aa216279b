/// What learns from data stands in this module.
enum TrainingModule {}
