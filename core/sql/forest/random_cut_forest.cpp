#include "core/sql/forest/random_cut_forest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

namespace kns::sql {
namespace {

template <class T>
void put(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
bool get(std::string_view& in, T& value) {
    if (in.size() < sizeof value) return false;
    std::memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return true;
}
void put_all(std::string& out, const std::vector<double>& values) {
    put(out, static_cast<std::uint64_t>(values.size()));
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
}
bool get_all(std::string_view& in, std::vector<double>& values) {
    std::uint64_t size = 0;
    if (!get(in, size) || size > in.size() / sizeof(double)) return false;
    values.resize(size);
    std::memcpy(values.data(), in.data(), size * sizeof(double));
    in.remove_prefix(size * sizeof(double));
    return true;
}
void put_engine(std::string& out, const std::mt19937_64& engine) {
    std::ostringstream text;
    text << engine;
    put(out, static_cast<std::uint64_t>(text.str().size()));
    out += text.str();
}
bool get_engine(std::string_view& in, std::mt19937_64& engine) {
    std::uint64_t size = 0;
    if (!get(in, size) || size > in.size()) return false;
    std::istringstream text{std::string(in.substr(0, size))};
    text >> engine;
    in.remove_prefix(size);
    return !text.fail();
}

double uniform(std::mt19937_64& random) { return std::uniform_real_distribution<double>(0, 1)(random); }

}  // namespace

std::uint32_t RandomCutTree::make_node() {
    if (!free_.empty()) {
        const auto node = free_.back();
        free_.pop_back();
        nodes_[node] = {};
        return node;
    }
    nodes_.emplace_back();
    boxes_.resize(nodes_.size() * 2 * dimensions_);
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t RandomCutTree::make_leaf(const double* point) {
    const auto leaf = make_node();
    nodes_[leaf].mass = 1;
    std::copy_n(point, dimensions_, low(leaf));
    std::copy_n(point, dimensions_, high(leaf));
    return leaf;
}

bool RandomCutTree::equals(std::uint32_t leaf, const double* point) const {
    return std::equal(point, point + dimensions_, low(leaf));
}

std::uint32_t RandomCutTree::find_leaf(const double* point) const {
    std::uint32_t node = root_;
    while (!nodes_[node].is_leaf())
        node = point[nodes_[node].dimension] <= nodes_[node].cut ? nodes_[node].left : nodes_[node].right;
    return node;
}

void RandomCutTree::refresh_upwards(std::uint32_t node) {
    for (; node != kNone; node = nodes_[node].parent) {
        const auto left = nodes_[node].left, right = nodes_[node].right;
        nodes_[node].mass = nodes_[left].mass + nodes_[right].mass;
        for (std::size_t d = 0; d < dimensions_; ++d) {
            low(node)[d] = std::min(low(left)[d], low(right)[d]);
            high(node)[d] = std::max(high(left)[d], high(right)[d]);
        }
    }
}

void RandomCutTree::insert(const double* point, std::mt19937_64& random) {
    if (root_ == kNone) {
        root_ = make_leaf(point);
        return;
    }
    std::uint32_t node = root_;
    for (;;) {
        if (nodes_[node].is_leaf() && equals(node, point)) {
            ++nodes_[node].mass;
            return refresh_upwards(nodes_[node].parent);
        }
        // A cut of the box that would hold the point as well.
        double sides = 0;
        for (std::size_t d = 0; d < dimensions_; ++d) sides += std::max(high(node)[d], point[d]) - std::min(low(node)[d], point[d]);
        double left_over = uniform(random) * sides;
        std::size_t dimension = 0;
        double cut = 0;
        for (std::size_t d = 0; d < dimensions_; ++d) {
            const double from = std::min(low(node)[d], point[d]), side = std::max(high(node)[d], point[d]) - from;
            if (left_over < side || d + 1 == dimensions_) {
                dimension = d;
                cut = std::min(from + left_over, std::nexttoward(from + side, from));
                break;
            }
            left_over -= side;
        }
        const bool below = point[dimension] <= cut && low(node)[dimension] > cut,
                   above = point[dimension] > cut && high(node)[dimension] <= cut;
        if (below || above) {
            const auto leaf = make_leaf(point), made = make_node();
            const auto parent = nodes_[node].parent;
            nodes_[made] = {.parent = parent,
                            .left = below ? leaf : node,
                            .right = below ? node : leaf,
                            .dimension = static_cast<std::uint32_t>(dimension),
                            .cut = cut};
            nodes_[leaf].parent = nodes_[node].parent = made;
            if (parent == kNone)
                root_ = made;
            else
                (nodes_[parent].left == node ? nodes_[parent].left : nodes_[parent].right) = made;
            return refresh_upwards(made);
        }
        if (nodes_[node].is_leaf()) continue;  // the cut fell on the point's edge: another one
        node = point[nodes_[node].dimension] <= nodes_[node].cut ? nodes_[node].left : nodes_[node].right;
    }
}

void RandomCutTree::erase(const double* point) {
    if (root_ == kNone) return;
    const auto leaf = find_leaf(point);
    if (!equals(leaf, point)) return;
    const auto parent = nodes_[leaf].parent;
    if (--nodes_[leaf].mass > 0) return refresh_upwards(parent);
    free_node(leaf);
    if (parent == kNone) {
        root_ = kNone;
        return;
    }
    const auto sibling = nodes_[parent].left == leaf ? nodes_[parent].right : nodes_[parent].left, above = nodes_[parent].parent;
    nodes_[sibling].parent = above;
    if (above == kNone)
        root_ = sibling;
    else
        (nodes_[above].left == parent ? nodes_[above].left : nodes_[above].right) = sibling;
    free_node(parent);
    refresh_upwards(above);
}

double RandomCutTree::score(const double* point, std::vector<double>* parts) const {
    if (root_ == kNone) return 0;
    std::uint32_t node = root_;
    std::size_t depth = 0;
    while (!nodes_[node].is_leaf()) {
        node = point[nodes_[node].dimension] <= nodes_[node].cut ? nodes_[node].left : nodes_[node].right;
        ++depth;
    }
    const double tree_mass = nodes_[root_].mass, scale = std::log2(tree_mass + 1);
    std::vector<double> here(parts != nullptr ? 2 * dimensions_ : 0, 0);
    double score = 0;
    // By how much each dimension would grow, higher and lower, to hold the point: its share of this step.
    const auto share = [&](std::uint32_t at, double of_step, double growth) {
        for (std::size_t d = 0; d < dimensions_; ++d) {
            here[2 * d] += of_step * std::max(0.0, point[d] - high(at)[d]) / growth;
            here[2 * d + 1] += of_step * std::max(0.0, low(at)[d] - point[d]) / growth;
        }
    };
    const auto growth_of = [&](std::uint32_t at, double& sides) {
        double growth = 0;
        sides = 0;
        for (std::size_t d = 0; d < dimensions_; ++d) {
            const double more = std::max(0.0, point[d] - high(at)[d]) + std::max(0.0, low(at)[d] - point[d]);
            growth += more;
            sides += high(at)[d] - low(at)[d] + more;
        }
        return growth;
    };
    double sides = 0;
    if (equals(node, point)) {
        const double mass = nodes_[node].mass;
        score = (1 - mass / (2 * tree_mass)) / (static_cast<double>(depth) + std::log2(mass + 1));
        if (parts != nullptr)
            for (auto& part : here) part = score / static_cast<double>(2 * dimensions_);
    } else {
        score = 1 / static_cast<double>(depth + 1);
        if (parts != nullptr) share(node, score, growth_of(node, sides));
    }
    while (nodes_[node].parent != kNone) {
        node = nodes_[node].parent;
        --depth;
        const double growth = growth_of(node, sides);
        if (growth <= 0) break;
        const double p = growth / sides;
        score = p / static_cast<double>(depth + 1) + (1 - p) * score;
        if (parts == nullptr) continue;
        for (auto& part : here) part *= 1 - p;
        share(node, p / static_cast<double>(depth + 1), growth);
    }
    if (parts != nullptr)
        for (std::size_t i = 0; i < here.size(); ++i) (*parts)[i] += here[i] * scale;
    return score * scale;
}

void RandomCutTree::save(std::string& out) const {
    put(out, root_);
    put(out, static_cast<std::uint64_t>(nodes_.size()));
    for (const auto& node : nodes_)
        put(out, node.parent), put(out, node.left), put(out, node.right), put(out, node.mass), put(out, node.dimension),
            put(out, node.cut);
    put_all(out, boxes_);
    put(out, static_cast<std::uint64_t>(free_.size()));
    for (const auto node : free_) put(out, node);
}

bool RandomCutTree::load(std::string_view& in) {
    std::uint64_t size = 0;
    if (!get(in, root_) || !get(in, size) || size > in.size() / sizeof(double)) return false;
    nodes_.resize(size);
    const auto exists = [&](std::uint32_t node) { return node == kNone || node < size; };
    for (auto& node : nodes_) {
        if (!get(in, node.parent) || !get(in, node.left) || !get(in, node.right) || !get(in, node.mass) ||
            !get(in, node.dimension) || !get(in, node.cut))
            return false;
        if (!exists(node.parent) || !exists(node.left) || !exists(node.right) || node.dimension >= dimensions_) return false;
    }
    if (!exists(root_) || !get_all(in, boxes_) || boxes_.size() != size * 2 * dimensions_ || !get(in, size) || size > nodes_.size())
        return false;
    free_.resize(size);
    for (auto& node : free_)
        if (!get(in, node) || node >= nodes_.size()) return false;
    return true;
}

RandomCutForest::RandomCutForest(std::size_t columns, const ForestSettings& settings)
    : columns_(columns), dimensions_(columns * settings.shingle), settings_(settings) {
    std::seed_seq seeds{settings.seed, settings.seed >> 32};
    std::vector<std::uint64_t> each(settings.trees);
    std::mt19937_64 first(seeds);
    for (auto& seed : each) seed = first();
    for (const auto seed : each)
        members_.push_back({.tree = RandomCutTree(dimensions_), .sample = {}, .random = std::mt19937_64(seed)});
}

double RandomCutForest::add(std::span<const double> record, std::vector<double>* parts) {
    if (parts != nullptr) parts->assign(2 * columns_, 0);
    recent_.insert(recent_.end(), record.begin(), record.end());
    if (recent_.size() > dimensions_) recent_.erase(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(columns_));
    const std::uint64_t number = records_++;
    if (recent_.size() < dimensions_) return 0;
    const double* point = recent_.data();
    double score = 0;
    if (static_cast<double>(members_[0].sample.size()) >= 0.25 * static_cast<double>(settings_.sample)) {
        std::vector<double> all(parts != nullptr ? 2 * dimensions_ : 0, 0);
        for (const auto& member : members_) score += member.tree.score(point, parts != nullptr ? &all : nullptr);
        const auto trees = static_cast<double>(members_.size());
        score /= trees;
        // Of a column in several records of the shingle: all of them.
        for (std::size_t i = 0; i < all.size(); ++i) (*parts)[i % (2 * columns_)] += all[i] / trees;
    }
    for (auto& member : members_) {
        const double weight = std::log(-std::log(uniform(member.random))) - static_cast<double>(number) / settings_.time_decay;
        auto& sample = member.sample;
        if (sample.size() >= settings_.sample) {
            if (weight >= sample.front().weight) continue;
            std::pop_heap(sample.begin(), sample.end());
            member.tree.erase(sample.back().point.data());
            sample.pop_back();
        }
        sample.push_back({.weight = weight, .point = std::vector<double>(point, point + dimensions_)});
        std::push_heap(sample.begin(), sample.end());
        member.tree.insert(point, member.random);
    }
    return score;
}

void RandomCutForest::save(std::string& out) const {
    put(out, records_);
    put_all(out, recent_);
    for (const auto& member : members_) {
        member.tree.save(out);
        put(out, static_cast<std::uint64_t>(member.sample.size()));
        for (const auto& one : member.sample) put(out, one.weight), put_all(out, one.point);
        put_engine(out, member.random);
    }
}

bool RandomCutForest::load(std::string_view in) {
    if (!get(in, records_) || !get_all(in, recent_)) return false;
    for (auto& member : members_) {
        std::uint64_t size = 0;
        if (!member.tree.load(in) || !get(in, size) || size > settings_.sample) return false;
        member.sample.resize(size);
        for (auto& one : member.sample)
            if (!get(in, one.weight) || !get_all(in, one.point) || one.point.size() != dimensions_) return false;
        if (!get_engine(in, member.random)) return false;
    }
    return in.empty();
}

std::size_t RandomCutForest::bytes() const {
    const std::size_t nodes = 2 * settings_.sample, point = dimensions_ * sizeof(double);
    return members_.size() * (nodes * (48 + 2 * point) + settings_.sample * (40 + point) + sizeof(Member));
}

}  // namespace kns::sql
