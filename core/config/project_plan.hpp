// What has to be done so that there is what a project says. Pure: all is checked here, before anything is changed.
#pragma once

#include <optional>

#include "core/config/config.hpp"
#include "core/config/project.hpp"

namespace kns {

// What there is.
struct Existing {
    std::vector<StreamPtr> streams;  // none that is hidden
    std::vector<DeliveryRow> deliveries;
};

// One object of the project, and the request that makes it so; none if nothing is to be done, or it is to be deleted.
struct PlanStep {
    ProjectStep report;
    std::optional<CreateStream> create_stream;
    std::optional<UpdateStream> update_stream;
    std::optional<ChangeTags> change_tags;
    std::optional<CreateDelivery> create_delivery;
    std::optional<UpdateDelivery> update_delivery;
};

// In the order in which they can be done: what others need first, what is deleted last. With `prune` what the project leaves
// out is deleted. Errors name the place in the project's file.
Result<std::vector<PlanStep>> plan_project(const Project& project, const Existing& existing, const StreamDefaults& defaults,
                                           bool prune);

}  // namespace kns
